import pytest
import torch
from torch import nn

from labkit.nn.blocks import DecoderBlock, EncoderBlock, FeedForward, PostNorm, PreNorm
from labkit.nn.masks import causal_mask, padding_mask


def test_feed_forward_is_the_formula():
    f, x = FeedForward(6), torch.randn(2, 3, 6)
    inner = torch.clamp(x @ f[0].weight.T + f[0].bias, min=0)
    assert inner.shape[-1] == 24
    torch.testing.assert_close(f(x), inner @ f[2].weight.T + f[2].bias)


def test_where_the_norm_stands():
    x = torch.randn(2, 3, 6) * 5 + 2
    norm = nn.LayerNorm(6)
    torch.testing.assert_close(PostNorm(6, 0.0)(x, lambda y: 2 * y), norm(3 * x))
    torch.testing.assert_close(PreNorm(6, 0.0)(x, lambda y: 2 * y), x + 2 * norm(x))
    torch.testing.assert_close(PreNorm.last(6)(x), norm(x))
    torch.testing.assert_close(PostNorm.last(6)(x), x)


@pytest.mark.parametrize("residual", [PreNorm, PostNorm])
def test_dropout_falls_on_the_sublayer_and_only_in_training(residual):
    layer, x = residual(4, 1.0), torch.randn(2, 3, 4)
    expected = x if residual is PreNorm else nn.LayerNorm(4)(x)
    torch.testing.assert_close(layer(x, lambda y: y + 1), expected)
    assert not torch.allclose(layer.eval()(x, lambda y: y + 1), expected)


def test_blocks_respect_their_masks():
    x, memory = torch.randn(1, 4, 8, requires_grad=True), torch.randn(1, 5, 8, requires_grad=True)
    tokens = torch.tensor([[4, 5, 6, 0, 0]])
    DecoderBlock(8, 2)(x, memory, causal_mask(4), padding_mask(tokens))[0, 1].sum().backward()
    assert (x.grad[0, 2:] == 0).all()
    assert (x.grad[0, :2] != 0).any(-1).all()
    assert (memory.grad[0, 3:] == 0).all()
    assert (memory.grad[0, :3] != 0).any(-1).all()


def test_an_encoder_block_does_not_know_the_order():
    block, x, order = EncoderBlock(8, 2).eval(), torch.randn(1, 6, 8), torch.randperm(6)
    torch.testing.assert_close(block(x[:, order]), block(x)[:, order])
