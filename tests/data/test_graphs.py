import pytest
import torch

from labkit.data.graphs import Graph, both_ways, disjoint_union, karate_club, split, stochastic_block_model


def pairs(edges) -> set[tuple[int, int]]:
    return {tuple(edge) for edge in edges.T.tolist()}


def test_karate_club_is_networkx_own():
    import networkx

    club, theirs = karate_club(), networkx.karate_club_graph()
    assert pairs(club.edges) == {(a, b) for a, b in theirs.edges} | {(b, a) for a, b in theirs.edges}
    assert club.edges.shape == (2, 156)
    assert club.y.bincount().tolist() == [17, 17]
    assert club.train.nonzero()[:, 0].tolist() == [0, 33]
    assert (club.y[0], club.y[33]) == (0, 1)


def test_both_ways_takes_loops_and_doubles_out():
    assert pairs(both_ways(torch.tensor([[0, 1, 1, 2], [1, 0, 1, 1]]))) == {(0, 1), (1, 0), (1, 2), (2, 1)}


def test_block_model_has_the_densities_that_were_asked_for():
    probabilities = torch.tensor([[0.3, 0.02, 0.0], [0.02, 0.9, 0.1], [0.0, 0.1, 0.05]])
    sizes = [120, 60, 200]
    edges, blocks = stochastic_block_model(sizes, probabilities, torch.Generator().manual_seed(0))
    assert blocks.bincount().tolist() == sizes
    assert pairs(edges) == pairs(edges.flip(0))
    assert len(pairs(edges)) == edges.shape[1]
    assert (edges[0] != edges[1]).all()
    for a in range(3):
        for b in range(3):
            found = ((blocks[edges[0]] == a) & (blocks[edges[1]] == b)).sum().item()
            possible = sizes[a] * (sizes[b] - (a == b))
            p = probabilities[a, b].item()
            assert abs(found / possible - p) <= 4 * (2 * p * (1 - p) / possible) ** 0.5


@pytest.mark.parametrize("p", [0.3, 0.8])  # fewer than half of the pairs, and more
def test_every_pair_is_as_likely(p):
    counts, draw = torch.zeros(6, 6), torch.Generator().manual_seed(0)
    for _ in range(1500):
        edges, _ = stochastic_block_model([4, 2], torch.full((2, 2), p), draw)
        counts.index_put_(tuple(edges), torch.ones(edges.shape[1]), accumulate=True)
    off = counts[~torch.eye(6, dtype=torch.bool)] / 1500
    assert (off - p).abs().max() < 0.05  # four standard deviations


def test_a_large_sparse_graph_takes_no_time():
    edges, _ = stochastic_block_model([50_000] * 2, torch.full((2, 2), 2e-5), torch.Generator().manual_seed(0))
    assert 190_000 < edges.shape[1] < 210_000
    assert len(edges.unique(dim=1).T) == edges.shape[1]


@pytest.mark.parametrize(
    ("sizes", "probabilities", "words"),
    [
        ([3, 3], torch.eye(3), r"symmetric \(2, 2\)"),
        ([3, 3], torch.tensor([[0.1, 0.2], [0.3, 0.1]]), "symmetric"),
        ([3], torch.tensor([[1.5]]), "between 0 and 1"),
    ],
)
def test_bad_probabilities_are_named_at_the_door(sizes, probabilities, words):
    with pytest.raises(ValueError, match=words):
        stochastic_block_model(sizes, probabilities, torch.Generator())


def test_split_gives_each_node_one_part():
    y = torch.randint(4, (200,))
    train, validation, test = split(y, 5, 0.25, torch.Generator().manual_seed(0))
    assert torch.equal(train.int() + validation.int() + test.int(), torch.ones(200, dtype=torch.int))
    assert y[train].bincount().tolist() == [5] * 4
    assert validation.sum() == 45


def some(nodes: int, value: float) -> Graph:
    ring = torch.stack([torch.arange(nodes), (torch.arange(nodes) + 1) % nodes])
    return Graph(
        ring, torch.full((nodes, 2), value), torch.tensor([value]), edge_features=torch.full((nodes, 1), value)
    )


def test_a_union_keeps_graphs_apart():
    union = disjoint_union([some(3, 1.0), some(1, 2.0), some(2, 3.0)])
    assert union.graph.tolist() == [0, 0, 0, 1, 2, 2]
    assert union.edges.tolist() == [[0, 1, 2, 3, 4, 5], [1, 2, 0, 3, 5, 4]]
    assert torch.equal(union.graph[union.edges[0]], union.graph[union.edges[1]])
    assert union.x[:, 0].tolist() == [1, 1, 1, 2, 3, 3]
    assert union.y.tolist() == [1, 2, 3]
    assert union.edge_features[:, 0].tolist() == [1, 1, 1, 2, 3, 3]
    with pytest.raises(ValueError, match="at least one"):
        disjoint_union([])


def test_nodes_can_be_kept_out_of_sight():
    hidden = torch.tensor([False, False, True, False])
    seen = some(4, 1.0).without_edges_of(hidden)
    assert seen.edges.tolist() == [[0, 3], [1, 0]]
    assert seen.edge_features.shape == (2, 1)
    assert seen.nodes == 4


def test_to_moves_everything():
    moved = disjoint_union([some(3, 1.0)]).to("meta")
    assert {moved.edges.device.type, moved.x.device.type, moved.graph.device.type} == {"meta"}
    assert moved.train is None


def test_a_union_of_graphs_with_and_without_edge_features_is_refused():
    """Else the features of one graph would stand beside the edges of another."""
    edges, x, y = torch.tensor([[0, 1], [1, 0]]), torch.eye(2), torch.zeros(1)
    plain, rich = Graph(edges, x, y), Graph(edges, x, y, edge_features=torch.ones(2, 3))
    assert disjoint_union([rich, rich]).edge_features.shape == (4, 3)
    assert disjoint_union([plain, plain]).edge_features is None
    with pytest.raises(ValueError, match="1 of 2 graphs have edge features"):
        disjoint_union([plain, rich])
