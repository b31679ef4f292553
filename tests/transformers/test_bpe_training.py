import random
from collections import Counter

import pytest

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
    words = [[5, 6, 7], [6, 7], [5, 6]]
    assert merge_step(words, [1, 1, 1], 9) == ((5, 6), [[9, 7], [6, 7], [9]]), "two pairs tie: the smallest is taken"
    assert merge_step(words, [1, 1, 0], 9) == ((6, 7), [[5, 9], [9], [5, 6]]), "counts weigh"
    assert words == [[5, 6, 7], [6, 7], [5, 6]]
    assert merge_step([[1, 1, 1], [2, 3]], [2, 3], 9)[0] == (1, 1), "pairs are counted where they overlap"


def test_nothing_to_merge():
    for words in ([], [[1], [2]]):
        with pytest.raises(ValueError, match="every word is a single token"):
            merge_step(words, [1] * len(words), 9)


@pytest.mark.parametrize("seed", range(20))
def test_counts_kept_up_to_date_change_nothing(seed):
    """Runs of few letters, so that pairs overlap and tie: the heap and the plain step agree to the last merge."""
    draw = random.Random(seed)
    letters = range(draw.choice([1, 2, 3, 5]))
    words = Counter(tuple(draw.choices(letters, k=draw.randint(1, 15))) for _ in range(draw.randint(1, 40)))
    spelled, expected = [list(word) for word in words], []
    while any(len(word) > 1 for word in spelled):
        pair, spelled = merge_step(spelled, list(words.values()), 10 + len(expected))
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
