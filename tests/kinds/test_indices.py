"""Indices of every integer type give what int64 gives; floats and booleans are refused; empty ones may be anything."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from kinds.indices import CASES, LEFT_OUT, Kind, X
from kinds.rooms import takers_of_indices, tensors
from labkit.data.graphs import both_ways
from labkit.graphs.adjacency import Adjacency
from labkit.graphs.gat import GAT
from labkit.graphs.gcn import GCN
from labkit.graphs.gcnii import GCNII
from labkit.graphs.graphsage import GraphSAGE
from labkit.graphs.smoothing import dirichlet_energy

KINDS = [torch.int8, torch.int16, torch.int32, torch.uint8]


def run(case: Callable[[Kind], object], kind: Kind) -> list[Tensor]:
    torch.manual_seed(0)
    return [value.detach() for value in tensors(case(kind))]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_every_integer_type_gives_the_same(name, kind):
    expected = run(CASES[name], lambda index: index)
    found = run(CASES[name], lambda index: index.to(kind))
    assert len(expected) == len(found) > 0
    for a, b in zip(expected, found, strict=True):
        if b.is_floating_point():
            torch.testing.assert_close(b, a, rtol=0, atol=0)
        else:
            assert torch.equal(a, b.to(a.dtype))


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("kind", [torch.float32, torch.bool], ids=str)
def test_what_is_no_integer_is_refused(name, kind):
    if name == "foundations.losses.cross_entropy" and kind == torch.float32:
        pytest.skip("floats are probabilities there, and their shape is checked")
    with pytest.raises(TypeError, match=r"are integers, such as torch\.int64"):
        run(CASES[name], lambda index: index.to(kind))


@pytest.mark.parametrize("empty", [torch.empty(2, 0, dtype=kind) for kind in (torch.float32, torch.bool, torch.int32)])
def test_a_graph_without_edges_may_have_any_type(empty):
    for model in (GCN(6, 8, 3), GCNII(6, 8, 3, 2), GAT(6, 8, 3), GraphSAGE(6, 8, 3)):
        assert model(X, empty).isfinite().all()
    assert both_ways(empty).shape == (2, 0)
    assert dirichlet_energy(X, empty) == 0


def test_edges_as_scipy_gives_them():
    from scipy.sparse import random as random_matrix

    matrix = random_matrix(70, 70, 0.1, random_state=0).tocoo()
    edges = torch.from_numpy(np.stack([matrix.col, matrix.row]))
    assert edges.dtype == torch.int32
    assert torch.equal(Adjacency(edges, 70).edges, Adjacency(edges.long(), 70).edges)
    assert (Adjacency(edges, 70).target.diff() >= 0).all()


def test_every_function_that_takes_integers_is_here():
    found = set(takers_of_indices())
    assert found <= CASES.keys() | LEFT_OUT.keys(), found - CASES.keys() - LEFT_OUT.keys()
    assert set(LEFT_OUT) <= found, "left out, and not there"
