import pytest
import torch
import torch.nn.functional as F
from torch.autograd import gradcheck

from labkit.cnn.convolution import conv2d, conv2d_in_loops, patches

SETTINGS = [
    {},
    {"stride": 2},
    {"padding": 1},
    {"stride": 3, "padding": 2},
    {"dilation": 2},
    {"groups": 2},
    {"stride": 2, "padding": 2, "dilation": 2, "groups": 2},
]


def example(groups=1, rows=3, columns=2, dtype=torch.float32):
    x = torch.randn(2, 4, 9, 7, dtype=dtype, requires_grad=True)
    weight = torch.randn(6, 4 // groups, rows, columns, dtype=dtype, requires_grad=True)
    return x, weight, torch.randn(6, dtype=dtype, requires_grad=True)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize("biased", [True, False])
def test_matches_torch(settings, biased):
    """Values, and the gradients of the picture, the filters and the biases."""
    x, weight, bias = example(settings.get("groups", 1))
    inputs = (x, weight, bias) if biased else (x, weight)
    ours, theirs = conv2d(*inputs, **settings), F.conv2d(*inputs, **settings)
    torch.testing.assert_close(ours, theirs)
    upstream = torch.randn_like(ours)
    torch.testing.assert_close(
        torch.autograd.grad(ours, inputs, upstream), torch.autograd.grad(theirs, inputs, upstream)
    )


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 1), (3, 2)])
def test_the_loops_say_the_same(stride, padding):
    x, weight, bias = (value.detach() for value in example())
    wanted = F.conv2d(x, weight, bias, stride, padding)
    torch.testing.assert_close(conv2d_in_loops(x, weight, bias, stride, padding), wanted)
    torch.testing.assert_close(conv2d_in_loops(x, weight, None, stride), F.conv2d(x, weight, None, stride))


def test_gradients_in_float64():
    inputs = example(rows=2, dtype=torch.float64)
    assert gradcheck(lambda *args: conv2d(*args, stride=2, padding=1, dilation=2), inputs, nondet_tol=0)


def test_a_kernel_of_one_dot_moves_the_picture():
    x, weight = torch.randn(1, 1, 5, 5), torch.zeros(1, 1, 3, 3)
    weight[0, 0, 0, 2] = 1.0  # reads one up, one to the right
    moved = conv2d(x, weight, padding=1)
    torch.testing.assert_close(moved[0, 0, 1:, :-1], x[0, 0, :-1, 1:])
    assert (moved[0, 0, 0] == 0).all()


def test_depthwise_is_one_convolution_for_each_channel():
    x, weight = torch.randn(2, 3, 6, 6), torch.randn(3, 1, 3, 3)
    each = [F.conv2d(x[:, [c]], weight[[c]]) for c in range(3)]
    torch.testing.assert_close(conv2d(x, weight, groups=3), torch.cat(each, dim=1))


def test_patches_are_a_view_of_the_picture():
    x = torch.arange(16.0).view(1, 1, 4, 4)
    found = patches(x, (2, 2), stride=2)
    assert found[0, 0, 1, 0].tolist() == [[8.0, 9.0], [12.0, 13.0]]
    assert patches(x, (2, 2), dilation=2)[0, 0, 1, 1].tolist() == [[5.0, 7.0], [13.0, 15.0]]
    assert patches(x, (2, 2), padding=1, fill=7.0)[0, 0, 0, 0].tolist() == [[7.0, 7.0], [7.0, 0.0]]
    assert patches(x, (2, 2)).untyped_storage().data_ptr() == x.untyped_storage().data_ptr(), "nothing is copied"


@pytest.mark.parametrize(
    ("weight", "settings", "words"),
    [
        ((6, 3, 3, 3), {}, "takes pictures of 3 channels, not 4"),
        ((6, 4, 3, 3), {"groups": 2}, "4 channels in 2 groups takes pictures of 8 channels, not 4"),
        ((6, 4, 3, 3), {"groups": 3}, "do not divide into 3 groups"),
        ((6, 4, 3, 3), {"stride": 0}, "at least 1"),
        ((6, 4, 10, 3), {}, "a window of 10 pixels does not fit into 9"),
        ((6, 4, 3, 5), {"dilation": 2}, "a window of 9 pixels does not fit into 7"),
    ],
)
def test_what_does_not_fit_is_said(weight, settings, words):
    with pytest.raises(ValueError, match=words.replace("(", r"\(").replace("*", r"\*")):
        conv2d(torch.randn(2, 4, 9, 7), torch.randn(weight), **settings)


def test_a_bias_too_many_is_said():
    with pytest.raises(ValueError, match="6 filters have 6 biases, not"):
        conv2d(torch.randn(2, 4, 9, 7), torch.randn(6, 4, 3, 3), torch.randn(5))
