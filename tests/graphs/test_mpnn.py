import pytest
import torch

from graphs.examples import PygMPNN
from labkit.data.graphs import disjoint_union
from labkit.data.molecules import as_graph, molecules
from labkit.graphs.mpnn import MPNN, EdgeNetwork
from labkit.graphs.readout import max_readout, mean_readout, sum_readout


def batch(count=4):
    return disjoint_union([as_graph(molecule) for molecule in molecules(count, seed=1)])


def call(model, graph):
    return model(graph.x, graph.edges, graph.edge_features, graph.graph, len(graph.y))


def test_matches_pyg():
    """Output and all gradients, beside NNConv, a GRU and Set2Set."""
    ours, graph = MPNN(4, 3, width=6, rounds=3), batch()
    peer = PygMPNN(ours)
    torch.testing.assert_close(call(ours, graph), call(peer, graph))
    call(ours, graph).square().sum().backward()
    mine = {name: weight.grad.clone() for name, weight in ours.named_parameters()}
    ours.zero_grad()
    call(peer, graph).square().sum().backward()
    for name, weight in ours.named_parameters():
        if not name.startswith(("update", "readout")):
            torch.testing.assert_close(mine[name], weight.grad)
    for part, layer in (("update", peer.gru), ("readout.lstm", peer.read.lstm)):
        for name, weight in layer.named_parameters():
            torch.testing.assert_close(mine[f"{part}.{name.removesuffix('_l0')}"], weight.grad)


def test_one_round_in_closed_form():
    """Each edge multiplies by its own matrix, and the products into each node add up."""
    from labkit.graphs.adjacency import Adjacency

    network, h, features = EdgeNetwork(3, 2).double(), torch.randn(4, 3).double(), torch.randn(5, 2).double()
    edges = torch.tensor([[0, 1, 2, 3, 0], [2, 2, 1, 0, 1]])
    adjacency, matrices = Adjacency(edges, 4), network.matrices(features)
    expected = torch.zeros(4, 3).double()
    for (source, target), matrix in zip(edges.T.tolist(), matrices, strict=True):
        expected[target] += h[source] @ matrix
    torch.testing.assert_close(network(h, adjacency, matrices[adjacency.order]), expected)


@pytest.mark.parametrize("readout", [None, sum_readout, mean_readout, max_readout])
def test_the_order_of_atoms_bonds_and_graphs_does_not_matter(readout):
    model, graph = MPNN(4, 3, width=6, readout=readout), batch()
    order, bonds = torch.randperm(graph.nodes), torch.randperm(graph.edges.shape[1])
    place = torch.argsort(order)
    shuffled = model(
        graph.x[order], place[graph.edges][:, bonds], graph.edge_features[bonds], 3 - graph.graph[order], len(graph.y)
    )
    torch.testing.assert_close(shuffled.flip(0), call(model, graph))


def test_graphs_of_a_batch_do_not_see_each_other():
    model, graph = MPNN(4, 3, width=6), batch()
    alone = [call(model, disjoint_union([as_graph(molecule)])) for molecule in molecules(4, seed=1)]
    torch.testing.assert_close(torch.cat(alone), call(model, graph))


def test_edge_features_change_the_result():
    model, graph = MPNN(4, 3, width=6), batch()
    turned = model(graph.x, graph.edges, graph.edge_features.roll(1, 1), graph.graph, len(graph.y))
    assert (turned - call(model, graph)).abs().min() > 1e-6


def test_each_edge_needs_features():
    graph = batch()
    with pytest.raises(ValueError, match="one row for each edge"):
        MPNN(4, 3)(graph.x, graph.edges, graph.edge_features[1:], graph.graph, len(graph.y))


def test_learns_the_gaps_of_a_few_molecules():
    graph = batch(12)
    model = MPNN(4, 3, width=16, rounds=3)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    y = (graph.y - graph.y.mean()) / graph.y.std()
    for _ in range(120):
        loss = (call(model, graph)[:, 0] - y).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss < 0.02
