import math

import pytest
import torch
import torch.nn.functional as F

from labkit.nn.attention import MultiHeadAttention, attend, merge_heads, multi_head_attend, split_heads, watch
from labkit.nn.cache import KeyValueCache
from labkit.nn.masks import causal_mask, padding_mask
from labkit.nn.positions import Rotary
from peers.transformer import torch_attention


def random_mask(*shape):
    mask = torch.rand(*shape) > 0.4
    mask[..., 0] = True
    return mask


@pytest.mark.parametrize("mask", [None, random_mask(5, 7), random_mask(2, 3, 5, 7), random_mask(2, 1, 1, 7)])
def test_attend_matches_torch(mask):
    q, k, v = torch.randn(2, 3, 5, 4), torch.randn(2, 3, 7, 4), torch.randn(2, 3, 7, 6)
    read, weights = attend(q, k, v, mask)
    torch.testing.assert_close(read, F.scaled_dot_product_attention(q, k, v, attn_mask=mask))
    torch.testing.assert_close(weights.sum(-1), torch.ones(2, 3, 5))
    if mask is not None:
        assert (weights[~mask.expand_as(weights)] == 0).all()


def test_attend_by_hand():
    q = torch.tensor([[math.log(2.0) * math.sqrt(2), 0.0]])  # scores log 2 and 0: weights 2/3 and 1/3
    k, v = torch.eye(2), torch.tensor([[3.0], [9.0]])
    read, weights = attend(q, k, v)
    torch.testing.assert_close(weights, torch.tensor([[2 / 3, 1 / 3]]))
    torch.testing.assert_close(read, torch.tensor([[5.0]]))


def test_who_may_look_nowhere_reads_zeros_and_spoils_no_gradient():
    q, k, v = (torch.randn(2, 3, 4, requires_grad=True) for _ in range(3))
    mask = torch.tensor([[True, True, False], [False, False, False], [True, False, False]])
    read, weights = attend(q, k, v, mask)
    assert (read[:, 1] == 0).all()
    assert (weights[:, 1] == 0).all()
    read.sum().backward()
    assert all(x.grad.isfinite().all() for x in (q, k, v))
    assert (q.grad[:, 1] == 0).all()


def test_heads_are_neighboring_slices_of_the_width():
    x = torch.arange(12.0).view(1, 2, 6)
    torch.testing.assert_close(split_heads(x, 3)[0, 1], x[..., 2:4][0])
    torch.testing.assert_close(merge_heads(split_heads(x, 3)), x)
    with pytest.raises(ValueError, match="6 does not divide into 4 heads"):
        split_heads(x, 4)


def test_multi_head_attend_is_attention_in_each_slice():
    q, k, v = torch.randn(2, 5, 6), torch.randn(2, 7, 6), torch.randn(2, 7, 6)
    mask = random_mask(5, 7)
    slices = [attend(q[..., i : i + 3], k[..., i : i + 3], v[..., i : i + 3], mask)[0] for i in (0, 3)]
    torch.testing.assert_close(multi_head_attend(q, k, v, 2, mask), torch.cat(slices, dim=-1))


@pytest.mark.parametrize("watched", [False, True])
def test_matches_torch(watched):
    ours = MultiHeadAttention(16, 4)
    peer = torch_attention(ours)
    x, context = torch.randn(2, 5, 16), torch.randn(2, 7, 16)
    mask, padded = random_mask(5, 7), torch.tensor([[False] * 7, [False] * 4 + [True] * 3])
    expected, weights = peer(
        x, context, context, attn_mask=~mask, key_padding_mask=padded, need_weights=True, average_attn_weights=False
    )
    both = mask & ~padded[:, None]
    if not watched:
        torch.testing.assert_close(ours(x, context, both), expected)
        return
    with watch(ours) as seen:
        torch.testing.assert_close(ours(x, context, both), expected)
    torch.testing.assert_close(seen[""][0].weights, weights)


def test_gradients_match_torch():
    ours = MultiHeadAttention(16, 4)
    peer = torch_attention(ours)
    x = torch.randn(2, 5, 16)
    ours(x, mask=causal_mask(5)).square().sum().backward()
    peer(x, x, x, attn_mask=~causal_mask(5), need_weights=False)[0].square().sum().backward()
    torch.testing.assert_close(
        torch.cat([ours.query.weight.grad, ours.key.weight.grad, ours.value.weight.grad]), peer.in_proj_weight.grad
    )
    torch.testing.assert_close(ours.out.weight.grad, peer.out_proj.weight.grad)


def test_causal_mask_hides_the_future():
    x = torch.randn(1, 5, 16, requires_grad=True)
    MultiHeadAttention(16, 4)(x, mask=causal_mask(5))[0, 2].sum().backward()
    assert (x.grad[0, 3:] == 0).all()
    assert (x.grad[0, :3] != 0).any(-1).all()


def test_padding_changes_nothing():
    attention, x = MultiHeadAttention(16, 4), torch.randn(1, 5, 16)
    tokens = torch.tensor([[5, 6, 7, 0, 0]])
    torch.testing.assert_close(attention(x, mask=padding_mask(tokens))[:, :3], attention(x[:, :3]))


@pytest.mark.parametrize("watched", [False, True])
def test_a_row_without_keys_reads_the_output_bias_alone(watched):
    attention, x = MultiHeadAttention(16, 4), torch.randn(1, 3, 16)
    mask = torch.tensor([[True, False, False], [False, False, False], [True, True, True]])
    attention.seen = [] if watched else None
    torch.testing.assert_close(attention(x, mask=mask)[0, 1], attention.out.bias)


@pytest.mark.parametrize("rotary", [None, Rotary(4)])
def test_cached_steps_are_the_causal_pass(rotary):
    attention, x, cache = MultiHeadAttention(16, 4, rotary), torch.randn(2, 6, 16), KeyValueCache()
    whole = attention(x, mask=causal_mask(6))
    steps = [attention(x[:, t : t + 1], cache=cache) for t in range(6)]
    torch.testing.assert_close(torch.cat(steps, dim=1), whole)
    assert len(cache) == 6


def test_a_cached_memory_is_projected_once():
    attention, memory, cache = MultiHeadAttention(16, 4), torch.randn(2, 6, 16), KeyValueCache()
    x = torch.randn(2, 1, 16)
    expected = attention(x, memory)
    for _ in range(3):
        torch.testing.assert_close(attention(x, memory, cache=cache), expected)
    assert len(cache) == 6


def test_rotary_scores_depend_on_distance_alone():
    """Moving queries and keys together by three positions leaves the attention as it was."""
    attention, x = MultiHeadAttention(16, 4, Rotary(4)), torch.randn(1, 5, 16)
    late = KeyValueCache()
    late.extend(torch.zeros(1, 4, 3, 4), torch.zeros(1, 4, 3, 4))
    mask = torch.cat([torch.zeros(5, 3, dtype=torch.bool), causal_mask(5)], dim=1)
    torch.testing.assert_close(attention(x, mask=mask, cache=late), attention(x, mask=causal_mask(5)))


def test_watching_changes_nothing_and_ends():
    attention, x = MultiHeadAttention(16, 4), torch.randn(2, 5, 16)
    before = attention(x, mask=causal_mask(5))
    with watch(attention) as seen:
        torch.testing.assert_close(attention(x, mask=causal_mask(5)), before)
        attention(x)
    attention(x)
    assert [look.weights.shape for look in seen[""]] == [(2, 4, 5, 5)] * 2
    assert torch.equal(seen[""][0].mask, causal_mask(5))
    assert seen[""][1].mask is None
    assert attention.seen is None


def test_watching_ends_when_the_model_fails():
    attention = MultiHeadAttention(16, 4)
    with pytest.raises(ValueError, match="width 16"), watch(attention):
        attention(torch.randn(2, 5, 8))
    assert attention.seen is None


def test_watches_can_be_nested():
    attention, x = MultiHeadAttention(16, 4), torch.randn(2, 5, 16)
    with watch(attention) as outer:
        attention(x)
        with watch(attention) as inner:
            attention(x)
        attention(x)
    assert (len(outer[""]), len(inner[""])) == (2, 1)


def test_errors_at_the_door():
    attention, x = MultiHeadAttention(16, 4), torch.randn(2, 5, 16)
    with pytest.raises(ValueError, match="width of 10 does not divide into 4 heads"):
        MultiHeadAttention(10, 4)
    with pytest.raises(ValueError, match=r"takes \(batch, positions, 16\), not \(2, 5, 8\)"):
        attention(torch.randn(2, 5, 8))
    with pytest.raises(TypeError, match=r"boolean, True where a query may look, not torch\.float32"):
        attention(x, mask=torch.zeros(5, 5))
    with pytest.raises(ValueError, match=r"shape \(5, 5\) or \(b, 5, 5\), not \(5, 4\)"):
        attention(x, mask=torch.ones(5, 4).bool())
    with pytest.raises(ValueError, match="batch of 2 has 2 rows or 1, not 3"):
        attention(x, mask=torch.ones(3, 5, 5).bool())
    with pytest.raises(ValueError, match="Linear has no MultiHeadAttention"), watch(torch.nn.Linear(1, 1)):
        pass
