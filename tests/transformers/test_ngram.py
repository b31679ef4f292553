"""Interpolated Kneser-Ney beside its definition, written with dictionaries and recursion."""

import math

import numpy as np
import pytest
import torch

from labkit.transformers.ngram import NGram


def grams(text, k):
    return [tuple(text[i : i + k]) for i in range(len(text) - k + 1)]


def by_definition(text, order, tokens):
    """p(word, context): counts for the longest k, kinds of left neighbors for shorter ones."""
    counts = {order: {g: grams(text, order).count(g) for g in grams(text, order)}}
    for k in range(1, order):
        longer = set(grams(text, k + 1))
        counts[k] = {g: sum(other[1:] == g for other in longer) for g in grams(text, k)}
    discounts = {}
    for k, found in counts.items():
        once, twice = (sum(count == n for count in found.values()) for n in (1, 2))
        discounts[k] = once / (once + 2 * twice) if once else 0.5

    def p(word, context, k):
        if k == 0:
            return 1 / tokens
        shorter = p(word, context[1:], k - 1)
        after = {g[-1]: count for g, count in counts[k].items() if g[:-1] == context and count}
        if not after:
            return shorter
        kept = max(after.get(word, 0) - discounts[k], 0)
        return (kept + discounts[k] * len(after) * shorter) / sum(after.values())

    return lambda word, context: p(word, tuple(context), len(context) + 1)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("seed", range(3))
def test_is_its_definition(order, seed):
    draw = torch.Generator().manual_seed(seed)
    text, other = torch.randint(0, 4, (60,), generator=draw), torch.randint(0, 5, (30,), generator=draw)
    model, p = NGram(text, order, 5), by_definition(text.tolist(), order, 5)
    for row in (text, other):
        words = row.tolist()
        expected = [math.log(p(word, words[max(0, i - order + 1) : i])) for i, word in enumerate(words)]
        np.testing.assert_allclose(model.log_probabilities(row), expected, rtol=1e-10)


@pytest.mark.parametrize("order", [1, 2, 5])
def test_sums_to_one_after_every_context(order):
    text = torch.randint(0, 30, (500,))
    model = NGram(text, order, 33)  # three tokens never occur
    contexts = [text[:0], text[10:13], text[100:105], torch.randint(0, 33, (7,)), torch.tensor([32, 31, 30])]
    for context in contexts:
        p = model.distribution(context)
        assert p.sum() == pytest.approx(1.0, abs=1e-12)
        assert (p > 0).all(), "whatever comes is possible"


def test_the_distribution_is_what_scores():
    text = torch.randint(0, 6, (300,))
    model, other = NGram(text, 3, 7), torch.randint(0, 7, (40,))
    scores = model.log_probabilities(other)
    for i in range(40):
        assert math.log(model.distribution(other[max(0, i - 5) : i])[other[i]]) == pytest.approx(scores[i], abs=1e-12)


def test_what_always_follows_is_nearly_certain():
    text = torch.arange(200) % 10
    assert NGram(text, 3, 10).distribution(torch.tensor([3, 4]))[5] > 0.97


def test_a_word_of_one_context_is_not_expected_elsewhere():
    """San Francisco: after a new word, a token seen often but always after the same one counts little."""
    text = torch.tensor([1, 2] * 50 + [3, 4, 5, 4, 6, 4, 7, 4])
    p = NGram(text, 2, 10).distribution(torch.tensor([9]))
    assert p[4] > p[2]


def test_more_context_helps_where_there_is_structure():
    text = torch.tensor([0, 0, 1, 1] * 100)
    scores = [NGram(text, order, 2).log_probabilities(text).mean() for order in (1, 2, 3)]
    assert scores[0] < scores[2] - 0.5
    assert scores[1] < scores[2] - 0.5


def test_bad_input():
    with pytest.raises(ValueError, match="n-grams of 0 tokens"):
        NGram(torch.arange(5), 0, 5)
    with pytest.raises(ValueError, match="n-grams of 4 tokens from a text of 3"):
        NGram(torch.arange(3), 4, 5)
    with pytest.raises(ValueError, match="from 0 to 4: got 1 to 5"):
        NGram(torch.arange(1, 6), 2, 5)
    with pytest.raises(ValueError, match="got -1 to 3"):
        NGram(torch.arange(5), 2, 5).distribution(torch.tensor([-1, 3]))
