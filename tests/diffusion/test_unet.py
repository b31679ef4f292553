import pytest
import torch

from diffusion.peers import diffusers_unet
from labkit.diffusion.unet import UNet


def awake(*args, **settings):
    """A U-Net whose last layer is not silent, as it is before training."""
    ours = UNet(*args, **settings)
    torch.nn.init.normal_(ours.leave.weight, std=0.1)
    return ours.eval()


@pytest.mark.parametrize("channels", [(8, 16), (8, 16, 24), (16,)])
@pytest.mark.parametrize("classes", [0, 3])
def test_matches_diffusers(channels, classes):
    """Outputs and gradients, on the folded image."""
    ours = awake(channels, patch=1, classes=classes)
    peer = diffusers_unet(ours, 12)
    x, t = torch.randn(3, 1, 12, 12, requires_grad=True), torch.tensor([0, 40, 999])
    labels = torch.tensor([0, 3, 1]) if classes else None
    mine, theirs = ours(x, t, labels), peer(x, t, labels).sample
    torch.testing.assert_close(mine, theirs)
    torch.testing.assert_close(
        torch.autograd.grad(mine.square().sum(), [x, ours.enter.weight]),
        torch.autograd.grad(theirs.square().sum(), [x, peer.conv_in.weight]),
        rtol=1e-4,
        atol=1e-4,
    )
    assert sum(p.numel() for p in ours.parameters()) == sum(p.numel() for p in peer.parameters())


def test_folding_is_pixel_unshuffle():
    ours = awake((8, 16), patch=2)
    peer = diffusers_unet(ours, 16)
    x, t = torch.randn(2, 1, 16, 16), torch.tensor([3, 500])
    folded = peer(torch.pixel_unshuffle(x, 2), t).sample
    torch.testing.assert_close(ours(x, t), torch.pixel_shuffle(folded, 2))


def test_every_pixel_hears_of_every_other():
    """At the smallest size attention reaches across the whole image."""
    ours, x = awake((8, 16), patch=1), torch.randn(1, 1, 28, 28, requires_grad=True)
    ours(x, torch.tensor([5]))[0, 0, 0, 0].backward()
    assert (x.grad[0, 0].abs() > 0).all()


def test_the_step_and_the_class_matter():
    ours, x = awake((8, 16), classes=10), torch.randn(1, 1, 16, 16).expand(3, -1, -1, -1)
    out = ours(x, torch.tensor([5, 700, 5]), torch.tensor([1, 1, 2]))
    assert (out[0] - out[1]).abs().max() > 1e-3
    assert (out[0] - out[2]).abs().max() > 1e-3
    t = torch.tensor([5, 700, 5])
    torch.testing.assert_close(ours(x, t), ours(x, t, torch.full((3,), 10)))


def test_images_of_a_batch_keep_apart():
    ours, x, t = awake((8, 16)), torch.randn(4, 1, 16, 16), torch.tensor([1, 20, 300, 999])
    torch.testing.assert_close(ours(x, t)[2:3], ours(x[2:3], t[2:3]))


def test_says_nothing_before_it_has_learned():
    assert UNet((8, 16))(torch.randn(2, 1, 8, 8), torch.tensor([3, 4])).abs().max() < 0.5


def test_overfits_one_batch():
    ours, x, t = UNet((8, 16), groups=4), torch.randn(4, 1, 8, 8), torch.tensor([0, 200, 500, 900])
    target, optimizer = torch.randn_like(x), torch.optim.Adam(ours.parameters(), 1e-2)
    for _ in range(80):
        loss = (ours(x, t) - target).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss < 0.2


def test_sizes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="multiples of 4, not 30 x 28"):
        UNet((8, 16))(torch.zeros(1, 1, 30, 28), torch.tensor([0]))
    for channels in ((6, 16), ()):
        with pytest.raises(ValueError, match="multiples of 4 groups"):
            UNet(channels)
