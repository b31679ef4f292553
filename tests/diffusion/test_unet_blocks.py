import torch
from torch import nn

from labkit.diffusion.unet_blocks import Double, PlaceAttention, ResidualBlock, Stage, half


def test_residual_block_matches_diffusers():
    from diffusers.models.resnet import ResnetBlock2D

    ours = ResidualBlock(8, 12, 16)
    peer = ResnetBlock2D(in_channels=8, out_channels=12, temb_channels=16, groups=4, eps=1e-5)
    for mine, theirs in (("norm1", "norm1"), ("conv1", "conv1"), ("step", "time_emb_proj"), ("norm2", "norm2"),
                         ("conv2", "conv2"), ("skip", "conv_shortcut")):  # fmt: skip
        getattr(peer, theirs).load_state_dict(getattr(ours, mine).state_dict())
    x, embedded = torch.randn(2, 8, 6, 6), torch.randn(2, 16)
    torch.testing.assert_close(ours(x, nn.functional.silu(embedded)), peer(x, embedded))


def test_attention_does_not_know_where_places_lie():
    ours, x = PlaceAttention(8, 2), torch.randn(1, 8, 3, 4)
    torch.testing.assert_close(ours(x.flip(2, 3)), ours(x).flip(2, 3))
    torch.testing.assert_close(ours(x.mT), ours(x).mT)


def test_attention_adds_to_what_was_there():
    ours, x = PlaceAttention(8, 2), torch.randn(1, 8, 3, 4)
    nn.init.zeros_(ours.attention.out.weight)
    nn.init.zeros_(ours.attention.out.bias)
    torch.testing.assert_close(ours(x), x)


def test_a_stage_without_heads_is_its_block():
    stage, x, embedded = Stage(8, 8, 16), torch.randn(1, 8, 4, 4), torch.randn(1, 16)
    torch.testing.assert_close(stage(x, embedded), stage.block(x, embedded))


def test_half_and_double():
    x = torch.randn(1, 4, 8, 8)
    double = Double(4)
    assert half(4)(x).shape == (1, 4, 4, 4)
    torch.testing.assert_close(double(x), double.conv(x.repeat_interleave(2, 2).repeat_interleave(2, 3)))
