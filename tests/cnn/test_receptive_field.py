import itertools

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from labkit.cnn.receptive_field import Field, output_size, receptive_field

STACKS = [
    [(3, 1, 0)],
    [(3, 1, 1), (3, 1, 1), (3, 1, 1)],
    [(3, 1, 0), (2, 2, 0), (3, 1, 0), (2, 2, 0)],
    [(7, 2, 3), (3, 2, 1), (3, 1, 1), (3, 2, 1)],
    [(5, 3, 2), (1, 1, 0), (4, 1, 1)],
]


WINDOWS = list(itertools.product((1, 3, 4), (1, 2, 3), (0, 2), (1, 2)))


@pytest.mark.parametrize(("kernel", "stride", "padding", "dilation"), WINDOWS)
def test_output_size_is_torchs(kernel, stride, padding, dilation):
    for size in (7, 8, 13):
        out = F.conv2d(
            torch.zeros(1, 1, size, size), torch.zeros(1, 1, kernel, kernel), None, stride, padding, dilation
        )
        assert output_size(size, kernel, stride, padding, dilation) == out.shape[-1]


@pytest.mark.parametrize("windows", STACKS, ids=str)
def test_a_unit_sees_what_its_gradient_reaches(windows):
    """With positive weights nothing cancels: the pixels with a gradient are the field, padding excepted."""
    size, field = 41, Field()
    model = nn.Sequential(*(nn.Conv2d(1, 1, k, s, p, bias=False) for k, s, p in windows))
    for conv, (kernel, stride, padding) in zip(model, windows, strict=True):
        nn.init.ones_(conv.weight)
        field = field.through(kernel, stride, padding)
    x = torch.zeros(1, 1, size, size, requires_grad=True)
    out = model(x)
    assert receptive_field(size, windows) == (out.shape[-1], field.size, field.jump)
    for unit in (0, out.shape[-1] // 2, out.shape[-1] - 1):
        (gradient,) = torch.autograd.grad(out[0, 0, unit, unit], x, retain_graph=True)
        seen = gradient[0, 0].sum(dim=0).nonzero()[:, 0].tolist()
        assert seen == list(field.pixels(unit, size))


def test_dilation_spreads_the_field():
    field = Field().through(3, dilation=1).through(3, dilation=2).through(3, dilation=4)
    assert (field.size, field.jump) == (15, 1)


def test_two_threes_see_what_a_five_sees():
    assert receptive_field(28, [(3, 1, 0), (3, 1, 0)]) == receptive_field(28, [(5, 1, 0)]) == (24, 5, 1)


def test_no_window_changes_nothing():
    assert receptive_field(28, []) == (28, 1, 1)


@pytest.mark.parametrize("window", [(0, 1, 0), (3, 0, 0), (3, 1, -1)])
def test_no_window_at_all_is_said(window):
    with pytest.raises(ValueError, match="at least 1"):
        receptive_field(28, [window])


def test_a_window_that_does_not_fit_is_said():
    with pytest.raises(ValueError, match=r"a window of 5 pixels does not fit into 4"):
        receptive_field(8, [(2, 2, 0), (5, 1, 0)])
