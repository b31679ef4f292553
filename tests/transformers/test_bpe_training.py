import random
from collections import Counter
from itertools import pairwise

import pytest
import torch

from labkit.transformers.bpe_training import learn_merges, merge, merge_step


def test_merge_by_hand():
    assert merge([1, 2, 1, 2, 3, 1], (1, 2), 9) == [9, 9, 3, 1]
    assert merge([1, 1, 1], (1, 1), 9) == [9, 1], "from left to right, and no token twice"
    assert merge([1, 1, 1, 1], (1, 1), 9) == [9, 9]
    assert merge([2, 1], (1, 2), 9) == [2, 1], "order matters"
    assert merge([], (1, 2), 9) == []
    word = (1, 2)
    assert merge(word, (1, 2), 9) == [9]
    assert word == (1, 2)


def test_step_by_hand():
    pair, merged = merge_step(torch.tensor([6, 7, 5, 6, 8, 6, 7]), 9)
    assert (pair.tolist(), merged.tolist()) == ([6, 7], [9, 5, 6, 8, 9])
    assert merge_step(torch.tensor([6, 7, 5, 6]), 9)[0].tolist() == [5, 6], "three pairs tie: the smallest is taken"
    pair, merged = merge_step(torch.tensor([4, 4, 4, 4, 1, 2, 3, 1, 2]), 9)
    assert pair.tolist() == [4, 4], "pairs are counted where they overlap"
    assert merged.tolist() == [9, 9, 1, 2, 3, 1, 2]
    assert merged.dtype == torch.int64


def test_nothing_to_merge():
    for row in ([], [1]):
        with pytest.raises(ValueError, match=f"nothing to merge in {len(row)} tokens"):
            merge_step(torch.tensor(row, dtype=torch.int64), 9)


def plain_step(words, counts, new):
    """The definition for words that occur several times: count all pairs of all words, merge, count again."""
    frequency = Counter()
    for word, count in zip(words, counts, strict=True):
        for pair in pairwise(word):
            frequency[pair] += count
    best = min(frequency, key=lambda pair: (-frequency[pair], pair))
    return best, [merge(word, best, new) for word in words]


@pytest.mark.parametrize("seed", range(20))
def test_counts_kept_up_to_date_change_nothing(seed):
    """Runs of few letters, so that pairs overlap and tie: the heap and the plain step agree to the last merge."""
    draw = random.Random(seed)
    letters = range(draw.choice([1, 2, 3, 5]))
    words = Counter(tuple(draw.choices(letters, k=draw.randint(1, 15))) for _ in range(draw.randint(1, 40)))
    spelled, expected = [list(word) for word in words], []
    while any(len(word) > 1 for word in spelled):
        pair, spelled = plain_step(spelled, list(words.values()), 10 + len(expected))
        expected.append(pair)
    assert learn_merges(words, 1000, first=10) == expected
    assert learn_merges(words, 3, first=10) == expected[:3]


def test_no_two_merges_spell_the_same():
    """What stands between two cuts is merged without regard to its surroundings, so a text is put together one way."""
    draw = random.Random(0)
    for _ in range(50):
        words = Counter(tuple(draw.choices(range(2), k=draw.randint(1, 30))) for _ in range(30))
        names = [(0,), (1,)]
        for a, b in learn_merges(words, 1000, first=2):
            names.append(names[a] + names[b])
        assert len(set(names)) == len(names)


@pytest.mark.parametrize("seed", range(5))
def test_training_on_one_word_is_the_step_repeated(seed):
    draw = torch.Generator().manual_seed(seed)
    tokens, expected = torch.randint(0, 3, (80,), generator=draw), []
    word = tuple(tokens.tolist())
    while len(tokens) > 1:
        pair, tokens = merge_step(tokens, 3 + len(expected))
        expected.append(tuple(pair.tolist()))
    assert learn_merges({word: 1}, 1000, first=3) == expected
