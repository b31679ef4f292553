import pytest
import torch
import torch.nn.functional as F

from labkit.cnn.pooling import avg_pool2d, global_avg_pool2d, max_pool2d


@pytest.mark.parametrize(
    "settings",
    [{"kernel": 2}, {"kernel": 3, "stride": 1}, {"kernel": 3, "stride": 2, "padding": 1}, {"kernel": 2, "dilation": 2}],
    ids=str,
)
def test_max_matches_torch(settings):
    x = (torch.randn(2, 3, 9, 7) - 3).requires_grad_()  # below zero: zeros from the padding would win
    peer = {"kernel_size" if name == "kernel" else name: value for name, value in settings.items()}
    ours, theirs = max_pool2d(x, **settings), F.max_pool2d(x, **peer)
    torch.testing.assert_close(ours, theirs)
    upstream = torch.randn_like(ours)
    torch.testing.assert_close(*(torch.autograd.grad(out, x, upstream)[0] for out in (ours, theirs)))


@pytest.mark.parametrize("count_padding", [True, False])
@pytest.mark.parametrize("settings", [(2, None, 0), (3, 1, 1), (3, 2, 1)])
def test_mean_matches_torch(settings, count_padding):
    x = torch.randn(2, 3, 9, 7, requires_grad=True)
    kernel, stride, padding = settings
    ours = avg_pool2d(x, kernel, stride, padding, count_padding)
    theirs = F.avg_pool2d(x, kernel, stride, padding, count_include_pad=count_padding)
    torch.testing.assert_close(ours, theirs)
    upstream = torch.randn_like(ours)
    torch.testing.assert_close(*(torch.autograd.grad(out, x, upstream)[0] for out in (ours, theirs)))


def test_global_mean_matches_torch():
    x = torch.randn(2, 3, 5, 4)
    torch.testing.assert_close(global_avg_pool2d(x), F.adaptive_avg_pool2d(x, 1).flatten(1))


def test_one_of_equals_gets_the_gradient():
    """After a ReLU whole windows are zero: their gradient goes to one place, as in torch, and not to four."""
    x = torch.zeros(1, 1, 4, 4, requires_grad=True)
    max_pool2d(x, 2).sum().backward()
    theirs = torch.zeros(1, 1, 4, 4, requires_grad=True)
    F.max_pool2d(theirs, 2).sum().backward()
    torch.testing.assert_close(x.grad, theirs.grad)
    assert x.grad.sum() == 4


@pytest.mark.parametrize("pool", [max_pool2d, avg_pool2d])
def test_windows_of_padding_only_are_refused(pool):
    with pytest.raises(ValueError, match="more than half of a window of 3"):
        pool(torch.randn(1, 1, 6, 6), 3, padding=2)


def test_maximum_and_relu_change_places():
    x = torch.randn(2, 3, 8, 8)
    torch.testing.assert_close(F.relu(max_pool2d(x, 2)), max_pool2d(F.relu(x), 2))
