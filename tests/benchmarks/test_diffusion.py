"""Training steps and sampling steps beside diffusers: its U-Net with our weights, its schedulers on our schedule."""

import pytest
import torch
import torch.nn.functional as F

from benchmarks.timing import ratio, training_step
from diffusion.peers import diffusers_unet, scheduler
from labkit.diffusion.ddim import ddim_step
from labkit.diffusion.ddpm import DDPM, ddpm_step
from labkit.diffusion.schedules import linear_schedule
from labkit.diffusion.unet import UNet

pytestmark = pytest.mark.benchmark
SIZES = {"lecture": (32, (16, 32), 16), "larger": (16, (64, 128), 32)}  # batch, channels, size


@pytest.mark.parametrize("size", SIZES)
def test_unet_training_step(size, record_property):
    """The same layout and weights, noise and steps drawn, spoiled and told: as its users train it."""
    batch, channels, pixels = SIZES[size]
    ours, kept = UNet(channels, classes=10), linear_schedule(1000)
    torch.nn.init.normal_(ours.leave.weight, std=0.1)
    peer, noiser = diffusers_unet(ours, pixels), scheduler("DDPMScheduler", kept, 1000)
    x, labels, model = torch.randn(batch, 1, pixels, pixels), torch.randint(10, (batch,)), DDPM(ours, kept)

    def theirs():
        t, noise = torch.randint(1000, (batch,)), torch.randn_like(x)
        spoiled = F.pixel_unshuffle(noiser.add_noise(x, noise, t), 2)
        return F.mse_loss(F.pixel_shuffle(peer(spoiled, t, labels).sample, 2), noise)

    torch.manual_seed(0)
    mine = model.loss(x, labels)
    torch.manual_seed(0)
    torch.testing.assert_close(mine, theirs(), atol=1e-4, rtol=1e-4)
    found = ratio(
        training_step(ours.parameters(), lambda: model.loss(x, labels)),
        training_step(peer.parameters(), theirs),
        rounds=20 if size == "lecture" else 5,
    )
    record_property("ratio", found)
    print(f"\nU-Net training step, {size}, beside diffusers: ratio {found:.2f}")
    assert found <= 1.0


@pytest.mark.parametrize("kind", ["DDPMScheduler", "DDIMScheduler"])
def test_sampling_step(kind, record_property):
    """One step of a walk, without the network, which is the same for both."""
    kept, x, noise = linear_schedule(1000), torch.randn(32, 1, 28, 28), torch.randn(32, 1, 28, 28)
    peer, step = scheduler(kind, kept, 20), {"DDPMScheduler": ddpm_step, "DDIMScheduler": ddim_step}[kind]
    fresh = torch.randn_like(x)

    def labkit():
        return step(x, noise, kept[499], kept[449], torch.randn_like(x) if kind == "DDPMScheduler" else fresh)

    found = ratio(labkit, lambda: peer.step(noise, 499, x).prev_sample, rounds=200)
    record_property("ratio", found)
    print(f"\nsampling step beside the {kind} of diffusers: ratio {found:.2f}")
    assert found <= 1.0
