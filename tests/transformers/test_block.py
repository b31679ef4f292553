import pytest
import torch
from torch import nn

from labkit.nn.blocks import EncoderBlock
from labkit.transformers.block import pre_norm_block


def matrices(block: EncoderBlock) -> list[torch.Tensor]:
    layer, network = block.attention, block.feed_forward
    return [part.weight.T for part in (layer.query, layer.key, layer.value, layer.out, network[0], network[2])]


def test_matches_the_module_with_the_same_weights():
    block, x = EncoderBlock(width=6, heads=3, dropout=0.0), torch.randn(2, 5, 6)
    for part in block.modules():
        if isinstance(part, nn.Linear):
            nn.init.zeros_(part.bias)
    torch.testing.assert_close(pre_norm_block(x, *matrices(block), 3), block(x))


def test_one_token_by_hand():
    x, one = torch.tensor([[[1.0, 3.0]]]), torch.eye(2)
    torch.testing.assert_close(
        pre_norm_block(x, *[one] * 6, 1), torch.tensor([[[0.0, 5.0]]]), atol=1e-4, rtol=1e-4
    )  # LayerNorm adds 1e-5 to the variance


def test_heads_that_do_not_divide_the_width():
    with pytest.raises(ValueError, match="does not divide"):
        pre_norm_block(torch.randn(1, 2, 4), *[torch.eye(4)] * 6, 3)
