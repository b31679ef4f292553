import pytest
import torch
import torch.nn.functional as F

from graphs.examples import NODES, edges, pyg_sage
from labkit.data.citations import citations
from labkit.graphs.adjacency import Adjacency
from labkit.graphs.aggregate import neighbor_max, neighbor_mean
from labkit.graphs.graphsage import GraphSAGE, SAGEConv
from labkit.graphs.sampling import NeighborSampler


@pytest.mark.parametrize(("name", "aggregate"), [("mean", neighbor_mean), ("max", neighbor_max)])
def test_matches_pyg(name, aggregate):
    ours = SAGEConv(5, 4, aggregate)
    peer, found = pyg_sage(ours, name), []
    for layer in (ours, peer):
        x = (torch.randn(NODES, 5, generator=torch.Generator().manual_seed(1)) - 2).requires_grad_()
        out = layer(x, edges())
        out.square().sum().backward()
        found.append([out, x.grad])
    torch.testing.assert_close(found[0], found[1])
    for mine, theirs in ((ours.neighbors, peer.lin_l), (ours.self, peer.lin_r)):
        torch.testing.assert_close(mine.weight.grad, theirs.weight.grad)
    torch.testing.assert_close(ours.neighbors.bias.grad, peer.lin_l.bias.grad)


def test_a_block_is_read_like_pygs_bipartite_graph():
    block = torch.tensor([[4, 1, 0, 3], [1, 0, 1, 1]])
    ours, x = SAGEConv(5, 4), torch.randn(5, 5)
    torch.testing.assert_close(ours(x, Adjacency(block, 5, 2)), pyg_sage(ours, "mean")((x, x[:2]), block))


@pytest.mark.parametrize("aggregate", [neighbor_mean, neighbor_max])
def test_a_draw_of_all_neighbors_gives_what_the_whole_graph_gives(aggregate):
    """Blocks in the right order, with the right nodes in front: every score is that of the full graph."""
    graph = citations(papers=200, words=20, seed=1)
    model = GraphSAGE(20, 8, 5, depth=3, aggregate=aggregate)
    sampler = NeighborSampler(graph.edges, graph.nodes, [10_000] * 3)
    targets = torch.tensor([17, 3, 150, 42])
    nodes, blocks = sampler.sample(targets, torch.Generator().manual_seed(0))
    assert len(nodes) < graph.nodes
    torch.testing.assert_close(model(graph.x[nodes], blocks), model(graph.x, graph.edges)[targets])


def test_a_relu_stands_between_the_layers_and_none_at_the_end():
    model, x = GraphSAGE(5, 8, 3, depth=3), torch.randn(NODES, 5)
    first, second, third = model.convs
    expected = third(F.relu(second(F.relu(first(x, edges())), edges())), edges())
    torch.testing.assert_close(model(x, edges()), expected)
    assert (expected < 0).any()


def test_new_nodes_need_no_new_weights():
    """Inductive: what a node gets depends on what is around it, not on who it is or how many others there are."""
    model, x = GraphSAGE(5, 8, 3), torch.randn(NODES, 5)
    twice = torch.cat([edges(), edges() + NODES], dim=1)
    torch.testing.assert_close(model(torch.cat([x, x]), twice)[NODES:], model(x, edges()))


def test_permutation_equivariance():
    x, order = torch.randn(NODES, 5), torch.randperm(NODES)
    model, place = GraphSAGE(5, 8, 3), torch.argsort(order)
    torch.testing.assert_close(model(x[order], place[edges()]), model(x, edges())[order])


def test_blocks_must_be_as_many_as_layers():
    block = Adjacency(edges(), NODES)
    with pytest.raises(ValueError, match="2 layers need 2 blocks, not 3"):
        GraphSAGE(5, 8, 3)(torch.randn(NODES, 5), [block] * 3)


def test_learns_from_batches_of_drawn_neighbors():
    graph = citations(papers=300, topics=3, words=30, clarity=0.4, labelled=30, seed=0)
    model, draw = GraphSAGE(30, 16, 3), torch.Generator().manual_seed(0)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    sampler = NeighborSampler(graph.edges, graph.nodes, (5, 5))
    for _ in range(15):
        for nodes, blocks in sampler.batches(graph.train.nonzero()[:, 0], 30, draw):
            scores = model(graph.x[nodes], blocks)
            loss = F.cross_entropy(scores, graph.y[nodes[: len(scores)]])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    found = model(graph.x, graph.edges).argmax(1) == graph.y
    assert found[graph.train].float().mean() > 0.95
