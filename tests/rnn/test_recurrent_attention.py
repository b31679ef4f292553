import pytest
import torch

from labkit.rnn.recurrent_attention import AdditiveScore, DotScore, GeneralScore, additive_attention, read_from

every_score = pytest.mark.parametrize(
    "score", [AdditiveScore(6), DotScore(6), GeneralScore(6)], ids=lambda s: type(s).__name__
)


def pieces():
    return torch.randn(2, 3, 6), torch.randn(2, 5, 6), torch.rand(2, 1, 5) > 0.4


def test_matches_the_loop_over_pairs():
    """Bahdanau's equations, one query and one key at a time."""
    query, keys = torch.randn(2, 3, 4), torch.randn(2, 5, 6)
    W, U, v = torch.randn(7, 4), torch.randn(7, 6), torch.randn(7)
    mask = torch.ones(2, 3, 5, dtype=torch.bool)
    mask[0, :, 3:] = mask[1, 1, 0] = False
    read, weights = additive_attention(query, keys, W, U, v, mask)
    for b in range(2):
        for t in range(3):
            seen = [s for s in range(5) if mask[b, t, s]]
            scores = torch.stack([v @ torch.tanh(W @ query[b, t] + U @ keys[b, s]) for s in seen])
            share = torch.zeros(5)
            share[seen] = scores.exp() / scores.exp().sum()
            torch.testing.assert_close(weights[b, t], share)
            torch.testing.assert_close(read[b, t], sum(share[s] * keys[b, s] for s in seen))


def test_the_function_and_the_layer_agree():
    layer, (query, keys, mask) = AdditiveScore(6), pieces()
    mask[:, :, 0] = True
    found = read_from(layer(query, layer.offer(keys)), keys, mask)
    expected = additive_attention(query, keys, layer.query.weight, layer.key.weight, layer.weight, mask)
    torch.testing.assert_close(found, expected)


def test_dot_and_general_in_closed_form():
    query, keys, _ = pieces()
    dot, general = DotScore(6), GeneralScore(6)
    torch.testing.assert_close(dot(query, dot.offer(keys)), torch.einsum("btk,bsk->bts", query, keys))
    bilinear = torch.einsum("btk,kj,bsj->bts", query, general.key.weight, keys)
    torch.testing.assert_close(general(query, general.offer(keys)), bilinear)
    assert not list(dot.parameters())


@every_score
def test_the_order_of_the_keys_does_not_matter(score):
    (query, keys, mask), order = pieces(), torch.randperm(5)
    mask[:, :, 0] = True
    read, weights = read_from(score(query, score.offer(keys)), keys, mask)
    turned = keys[:, order]
    again, other = read_from(score(query, score.offer(turned)), turned, mask[:, :, order])
    torch.testing.assert_close((again, other), (read, weights[:, :, order]))


@every_score
def test_hidden_keys_and_their_gradient_are_nothing(score):
    query, keys, mask = pieces()
    mask[:, :, 0], mask[:, :, 4] = True, False
    keys.requires_grad_()
    read, weights = read_from(score(query, score.offer(keys)), keys, mask)
    assert (weights[:, :, 4] == 0).all()
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(2, 3))
    read.sum().backward()
    assert (keys.grad[:, 4] == 0).all()
    assert (keys.grad[:, 0] != 0).any()


def test_a_query_that_may_look_nowhere_reads_zeros():
    scores, values, mask = torch.randn(1, 2, 3), torch.randn(1, 3, 4), torch.tensor([[[True] * 3, [False] * 3]])
    read, weights = read_from(scores, values, mask)
    assert (read[0, 1] == 0).all()
    assert (weights[0, 1] == 0).all()
    torch.testing.assert_close(weights[0, 0], scores[0, 0].softmax(dim=-1))


def test_large_scores_do_not_overflow():
    read, weights = read_from(torch.tensor([[[500.0, 0.0, 500.0]]]), torch.eye(3)[None])
    torch.testing.assert_close(read, weights)
    assert weights.tolist() == [[[0.5, 0.0, 0.5]]]


def test_a_mask_that_is_not_boolean_is_refused():
    with pytest.raises(TypeError, match="boolean, True where a query may look, not"):
        read_from(torch.zeros(1, 1, 2), torch.zeros(1, 2, 3), torch.ones(1, 1, 2))
