import pytest
import torch
import torch.nn.functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from labkit.nn.attention import MultiHeadAttention, split_heads
from labkit.nn.cache import KeyValueCache
from labkit.nn.masks import causal_mask
from labkit.transformers.cached_attention import attend_cached


def qkv(*shape, width=None):
    return torch.randn(*shape, 4), torch.randn(*shape, 4), torch.randn(*shape, width or 4)


def test_without_a_past_it_is_causal_attention():
    q, k, v = qkv(2, 3, 5, width=6)
    read, keys, values = attend_cached(q, k, v)
    torch.testing.assert_close(read, F.scaled_dot_product_attention(q, k, v, is_causal=True))
    torch.testing.assert_close((keys, values), (k, v))


@pytest.mark.parametrize("cuts", [(1,) * 9, (4, 5), (5, 1, 3), (8, 1)])
def test_in_pieces_it_reads_the_same(cuts):
    q, k, v = qkv(2, 9)
    past, pieces = (None, None), []
    for part in zip(*(x.split(cuts, dim=1) for x in (q, k, v)), strict=True):
        read, *past = attend_cached(*part, *past)
        pieces.append(read)
    torch.testing.assert_close(torch.cat(pieces, dim=1), F.scaled_dot_product_attention(q, k, v, is_causal=True))
    torch.testing.assert_close(tuple(past), (k, v))


def test_is_what_the_layer_with_a_cache_does():
    layer, cache, x = MultiHeadAttention(8, 2), KeyValueCache(), torch.randn(2, 6, 8)
    past, out = (None, None), []
    for new in x.split((4, 2), dim=1):
        q, k, v = (split_heads(part(new), 2) for part in (layer.query, layer.key, layer.value))
        read, *past = attend_cached(q, k, v, *past)
        seen = torch.ones(new.shape[1], past[0].shape[2], dtype=torch.bool).tril(len(cache))
        torch.testing.assert_close(layer.out(read.transpose(1, 2).flatten(2)), layer(new, mask=seen, cache=cache))
        out.append(read)
    torch.testing.assert_close(tuple(past), (cache.key, cache.value))


def test_gradients_reach_the_past():
    past_key, past_value = (torch.randn(1, 3, 4, requires_grad=True) for _ in range(2))
    attend_cached(*qkv(1, 2), past_key, past_value)[0].sum().backward()
    assert (past_key.grad != 0).any(-1).all()
    assert (past_value.grad != 0).any(-1).all()


def test_a_new_token_costs_a_row():
    """The mask has a row for each new position and not for each old one; the last position needs none."""
    assert causal_mask(3, past=2).tolist() == [[True] * 3 + [False] * 2, [True] * 4 + [False], [True] * 5]
    q, k, v = qkv(1, 1, 1)
    past = torch.randn(1, 1, 40_000, 4), torch.randn(1, 1, 40_000, 4)  # a square mask would take 1.6 GB
    with Largest() as seen:
        attend_cached(q, k, v, *past)
    assert seen.largest <= 40_001 * 4


class Largest(TorchDispatchMode):
    """Notes the largest tensor that any operation makes."""

    largest = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        found = func(*args, **(kwargs or {}))
        for value in found if isinstance(found, tuple) else (found,):
            self.largest = max(self.largest, value.numel() if isinstance(value, torch.Tensor) else 0)
        return found
