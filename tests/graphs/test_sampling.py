import pytest
import torch

from graphs.examples import NODES, edges
from labkit.graphs.adjacency import Adjacency
from labkit.graphs.sampling import NeighborSampler, pick_neighbors


def sources_of(node: int) -> list[int]:
    return sorted(edges()[0, edges()[1] == node].tolist())


def test_the_smallest_keys_win():
    adjacency = Adjacency(edges(), NODES)  # senders of 0: 1 4 0 in the order given; of 1: 3 0
    nodes, keys = torch.tensor([1, 5, 0]), torch.tensor([0.9, 0.2, 0.5, 0.3, 0.1])
    first, second, third = adjacency.source[:3].tolist()
    picked, row = pick_neighbors(adjacency.offsets, adjacency.source, nodes, 2, keys)
    assert row.tolist() == [0, 0, 2, 2]
    assert picked.tolist() == [0, 3, third, second]
    assert first not in picked.tolist()[2:]
    picked, row = pick_neighbors(adjacency.offsets, adjacency.source, nodes, 9, keys)
    assert picked.tolist() == [0, 3, third, second, first]


def test_every_edge_is_drawn_equally_often():
    """3 of 10 without replacement: each neighbor in three draws of ten, and never twice in one."""
    star = Adjacency(torch.stack([torch.arange(1, 11), torch.zeros(10, dtype=torch.long)]), 11)
    counts, draw = torch.zeros(11), torch.Generator().manual_seed(0)
    for _ in range(2000):
        keys = torch.rand(10, generator=draw)
        picked, _ = pick_neighbors(star.offsets, star.source, torch.tensor([0]), 3, keys)
        assert len(picked.unique()) == 3
        counts[picked] += 1
    assert counts[0] == 0
    assert (counts[1:] / 2000 - 0.3).abs().max() < 0.04  # four standard deviations


def test_a_key_for_each_edge():
    adjacency = Adjacency(edges(), NODES)
    with pytest.raises(ValueError, match="5 edges lead to these nodes, and there are 2 keys"):
        pick_neighbors(adjacency.offsets, adjacency.source, torch.tensor([0, 1]), 2, torch.rand(2))


def test_blocks_hold_edges_of_the_graph_and_chain():
    sampler, draw = NeighborSampler(edges(), NODES, (2, 1)), torch.Generator().manual_seed(3)
    real = {tuple(edge) for edge in edges().T.tolist()}
    for _ in range(20):
        nodes, (outer, inner) = sampler.sample(torch.tensor([2, 0]), draw)
        assert nodes[:2].tolist() == [2, 0]
        assert len(nodes.unique()) == len(nodes) == outer.sources
        assert (outer.targets, inner.targets) == (inner.sources, 2)
        for block, count in ((outer, 2), (inner, 1)):
            assert {tuple(edge) for edge in nodes[block.edges].T.tolist()} <= real
            wanted = [min(count, len(sources_of(node))) for node in nodes[: block.targets].tolist()]
            assert block.degree.tolist() == wanted


def test_all_neighbors_where_there_are_few():
    sampler = NeighborSampler(edges(), NODES, (100,))
    nodes, (block,) = sampler.sample(torch.arange(NODES), torch.Generator().manual_seed(0))
    for node in range(NODES):
        assert sorted(nodes[block.source[block.target == node]].tolist()) == sources_of(node)


def test_batches_go_through_all_targets_once():
    sampler, draw = NeighborSampler(edges(), NODES, (2, 2)), torch.Generator().manual_seed(0)
    targets = torch.tensor([6, 1, 4, 0, 2])
    seen = [nodes[: blocks[-1].targets] for nodes, blocks in sampler.batches(targets, 2, draw)]
    assert [len(batch) for batch in seen] == [2, 2, 1]
    assert sorted(torch.cat(seen).tolist()) == sorted(targets.tolist())
    again = torch.cat([nodes[: blocks[-1].targets] for nodes, blocks in sampler.batches(targets, 2, draw)])
    assert again.tolist() != torch.cat(seen).tolist()


def test_the_same_generator_draws_the_same():
    draws = []
    for _ in range(2):
        sampler = NeighborSampler(edges(), NODES, (1, 1))
        draws.append(sampler.sample(torch.tensor([2, 3]), torch.Generator().manual_seed(5)))
    assert draws[0][0].tolist() == draws[1][0].tolist()


def test_bad_input_is_named_at_the_door():
    with pytest.raises(ValueError, match="asked for twice"):
        NeighborSampler(edges(), NODES, (2,)).sample(torch.tensor([1, 1]), torch.Generator())
    for counts in ((), (3, 0)):
        with pytest.raises(ValueError, match="how many neighbors each layer draws"):
            NeighborSampler(edges(), NODES, counts)


def test_a_sampler_draws_every_neighbor_equally_often():
    """Through `sample` itself, so that a sampler that always takes the same three is found."""
    star = torch.stack([torch.arange(1, 11), torch.zeros(10, dtype=torch.long)])
    sampler, draw, counts = NeighborSampler(star, 11, (3,)), torch.Generator().manual_seed(0), torch.zeros(11)
    for _ in range(1000):
        nodes, (block,) = sampler.sample(torch.tensor([0]), draw)
        assert block.degree.tolist() == [3]
        counts[nodes[block.source]] += 1
    assert counts[0] == 0
    assert (counts[1:] / 1000 - 0.3).abs().max() < 0.06  # four standard deviations
