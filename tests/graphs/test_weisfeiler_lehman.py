import pytest
import torch

from labkit.graphs.gat import GATConv
from labkit.graphs.gcn import GCN
from labkit.graphs.graphsage import GraphSAGE
from labkit.graphs.weisfeiler_lehman import refine, tells_apart


def ring(nodes: int, start: int = 0) -> torch.Tensor:
    one_way = torch.stack([torch.arange(nodes), torch.arange(1, nodes + 1) % nodes]) + start
    return torch.cat([one_way, one_way.flip(0)], dim=1)


def hexagon_and_triangles():
    """A ring of six, and two rings of three, as one union."""
    return torch.cat([ring(6), ring(3, 6), ring(3, 9)], dim=1), torch.arange(12) // 6


def test_a_path_is_colored_from_its_ends():
    path = torch.stack([torch.arange(4), torch.arange(1, 5)])
    colors = refine(torch.cat([path, path.flip(0)], dim=1), 5, 2)
    assert colors[0] == colors[4]
    assert colors[1] == colors[3]
    assert len(colors.unique()) == 3


def test_rounds_split_and_never_merge():
    edges = torch.randint(20, (2, 40))
    before = torch.zeros(20, dtype=torch.long)
    for rounds in range(1, 5):
        after = refine(edges, 20, rounds)
        assert len(torch.stack([before, after]).unique(dim=1).T) == len(after.unique())
        before = after


def test_a_hexagon_and_two_triangles_look_the_same():
    edges, graph = hexagon_and_triangles()
    assert not tells_apart(edges, graph, rounds=12)
    assert tells_apart(torch.cat([ring(6), ring(5, 6), torch.tensor([[11], [11]])], dim=1), graph, rounds=1)


def test_given_colors_count():
    edges, graph = hexagon_and_triangles()
    marked = torch.zeros(12, dtype=torch.long)
    marked[[0, 6]] = 1  # one node of each: now the walk around comes back at different times
    assert tells_apart(edges, graph, 3, marked)


@pytest.mark.parametrize("model", [GCN(2, 8, 3, depth=4), GraphSAGE(2, 8, 3, depth=4), GATConv(2, 3, heads=2)])
def test_no_network_tells_nodes_of_one_color_apart(model):
    edges, _ = hexagon_and_triangles()
    out = model.eval()(torch.ones(12, 2), edges)
    torch.testing.assert_close(out, out[:1].expand_as(out))


def test_two_graphs_are_compared():
    with pytest.raises(ValueError, match="compares graphs 0 and 1"):
        tells_apart(ring(3), torch.zeros(3, dtype=torch.long), 1)
