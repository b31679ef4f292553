"""What a function makes follows its input, in type and place; a generator draws where it is, and the numbers move."""

import pytest
import torch

from kinds.functions import EDGES, FLOAT32, FUNCTIONS, GROUPS, NO_VALUES, cpu, pull
from kinds.rooms import tensors
from labkit.autoencoders.quantizer import nearest
from labkit.data.graphs import split
from labkit.data.mixtures import Mixture
from labkit.data.windows import random_windows
from labkit.diffusion.langevin import annealed_langevin
from labkit.foundations.augmentation import turn_image
from labkit.graphs.adjacency import Adjacency
from labkit.graphs.aggregate import neighbor_mean, neighbor_sum
from labkit.graphs.scatter import scatter_mean, scatter_softmax, scatter_sum
from labkit.graphs.smoothing import relative_energy
from labkit.transformers.sampling import draw


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("kind", [torch.float64, torch.bfloat16], ids=str)
def test_results_have_the_type_of_the_input(name, kind):
    found = [part for part in tensors(FUNCTIONS[name](torch.rand(4, 2, dtype=kind))) if part.is_floating_point()]
    if name not in FLOAT32:
        assert {part.dtype for part in found} <= {kind}
    assert all(part.isfinite().all() or name in ("top_k", "top_p") for part in found)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_results_lie_where_the_input_lies(name):
    if name in NO_VALUES:
        pytest.skip(NO_VALUES[name])
    found = list(tensors(FUNCTIONS[name](torch.empty(4, 2, device="meta"))))
    assert found
    assert all(part.is_meta for part in found)


@pytest.mark.parametrize("size", [1000, 3000])
def test_many_small_numbers_add_up_in_half_precision(size):
    """bfloat16 holds no 257: a count, or a sum step by step, would stand still at 256."""
    ones, group = torch.ones(size, 1, dtype=torch.bfloat16), torch.zeros(size, dtype=torch.int64)
    edges = Adjacency(torch.stack([torch.arange(size), group]), size)
    for mean in (scatter_mean(ones, group, 1), neighbor_mean(edges, ones)[:1]):
        assert mean.item() == 1.0
    for total in (scatter_sum(ones, group, 1), neighbor_sum(edges, ones)[:1]):
        assert total.item() == pytest.approx(size, rel=2**-8)
    shares = scatter_softmax(ones[:, 0], group, 1).float()
    torch.testing.assert_close(shares, torch.full((size,), 1 / size), rtol=1e-2, atol=0)


def test_one_generator_gives_the_same_numbers_whatever_the_input_is_made_of():
    for name in ("signs", "shift_image"):
        narrow, wide = (FUNCTIONS[name](torch.ones(4, 2, dtype=kind)) for kind in (torch.float32, torch.float64))
        torch.testing.assert_close(narrow.double(), wide)
    mixed = Mixture("two", torch.tensor([[0.0, 0.0], [9.0, 9.0]]), 0.1)
    assert torch.equal(mixed.sample(5, cpu()), mixed.sample(5, cpu()))
    assert next(random_windows(torch.arange(9), 3, 2, cpu())).shape == (2, 3)
    assert draw(torch.randn(3, 5), generator=cpu()).shape == (3,)
    assert split(GROUPS, 1, 0.5, cpu())[0].sum() == 2
    assert turn_image(torch.ones(2, 4, 4), 20.0, generator=cpu()).shape == (2, 4, 4)
    levels = torch.tensor([1.0, 0.1])
    assert annealed_langevin(pull, torch.ones(3, 2), levels, 0.01, 2, cpu()).shape == (3, 2)
    assert nearest(torch.ones(2, 2), torch.eye(2)).shape == (2,)
    assert relative_energy(torch.ones(4, 2, dtype=torch.bfloat16), EDGES).dtype == torch.bfloat16
