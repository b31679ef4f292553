import torch
import torch.nn.functional as F

from labkit.nn.masks import causal_mask
from labkit.transformers.self_attention import SelfAttention


def test_matches_torch():
    layer, x = SelfAttention(8), torch.randn(2, 5, 8)
    q, k, v = (F.linear(x, m.weight, m.bias) for m in (layer.query, layer.key, layer.value))
    read, weights = layer(x, causal_mask(5))
    torch.testing.assert_close(read, F.scaled_dot_product_attention(q, k, v, is_causal=True))
    torch.testing.assert_close(read, weights @ v)


def test_permutation_equivariance():
    layer, x, order = SelfAttention(8), torch.randn(2, 5, 8), torch.randperm(5)
    torch.testing.assert_close(layer(x[:, order])[0], layer(x)[0][:, order])
