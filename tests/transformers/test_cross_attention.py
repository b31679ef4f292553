import torch
from torch import nn

from labkit.transformers.cross_attention import CrossAttention


def test_matches_torch():
    """One head of torch's attention with key and value widths of their own."""
    ours, peer = CrossAttention(8, 6), nn.MultiheadAttention(8, 1, kdim=6, vdim=6, batch_first=True)
    with torch.no_grad():
        peer.q_proj_weight.copy_(ours.query.weight)
        peer.k_proj_weight.copy_(ours.key.weight)
        peer.v_proj_weight.copy_(ours.value.weight)
        peer.in_proj_bias.copy_(torch.cat([ours.query.bias, ours.key.bias, ours.value.bias]))
        peer.out_proj.weight.copy_(torch.eye(8))
        peer.out_proj.bias.zero_()
    x, context = torch.randn(2, 5, 8), torch.randn(2, 7, 6)
    mask = torch.rand(5, 7) > 0.4
    mask[:, 0] = True
    read, weights = ours(x, context, mask)
    torch.testing.assert_close((read, weights), peer(x, context, context, attn_mask=~mask))


def test_the_order_of_what_is_read_does_not_matter():
    layer, x, context, order = CrossAttention(8, 6), torch.randn(2, 5, 8), torch.randn(2, 7, 6), torch.randperm(7)
    torch.testing.assert_close(layer(x, context[:, order])[0], layer(x, context)[0])
