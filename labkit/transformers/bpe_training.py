"""Learning the merges of byte-pair encoding: a step written out, and the same with counts that are kept up to date.

A word is a sequence of token numbers, a pair two tokens side by side.
"""

import heapq
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise

from jaxtyping import Int
from torch import Tensor

Pair = tuple[int, int]


def merge_step(tokens: Int[Tensor, " n"], new: int) -> tuple[Int[Tensor, " 2"], Int[Tensor, " m"]]:
    r"""Find the pair of neighbors that occurs most often, and write `new` wherever it stands.

    $$(a, b) = \arg\max_{(a, b)} \big|\{t : x_t = a \text{ and } x_{t+1} = b\}\big|$$

    Pairs are counted where they overlap; of several that are equally frequent the smallest is taken. Returns the pair,
    and the tokens after it. Raises ValueError for less than two tokens.
    Sennrich et al. 2016, https://arxiv.org/abs/1508.07909
    """
    row = tokens.tolist()
    if len(row) < 2:
        raise ValueError(f"there is nothing to merge in {len(row)} tokens: a pair takes two")
    frequency = Counter(pairwise(row))
    best = min(frequency, key=lambda pair: (-frequency[pair], pair))
    return tokens.new_tensor(best), tokens.new_tensor(merge(row, best, new))


def merge(word: Sequence[int], pair: Pair, new: int) -> list[int]:
    """Write `new` wherever `pair` stands, from left to right: of three equal tokens, the first two are the pair."""
    merged, at = [], 0
    while at < len(word):
        found = tuple(word[at : at + 2]) == pair
        merged.append(new if found else word[at])
        at += 2 if found else 1
    return merged


def learn_merges(words: Mapping[Sequence[int], int], merges: int, first: int) -> list[Pair]:
    """Take `merges` steps, or as many as there are pairs: what was merged into the tokens `first`, `first` + 1, ...

    `words` are tuples of tokens, with how often each occurs. Does what repeated `merge_step` does, in all words at once
    and with their counts; but after a merge only the words that it changed are counted again, and the most frequent
    pair comes from a heap. A count there may be too high by now, never too low: a pair occurs most often in the moment
    in which its newer token is made.
    """
    training, done = _Training(words), []
    while len(done) < merges and (pair := training.next_pair()) is not None:
        training.apply(pair, first + len(done))
        done.append(pair)
    return done


class _Training:
    """The words, how often each pair occurs in them, and in which words it does."""

    def __init__(self, words: Mapping[Sequence[int], int]):
        self.words, self.counts = [list(word) for word in words], list(words.values())
        self.frequency: Counter[Pair] = Counter()
        self.places: defaultdict[Pair, set[int]] = defaultdict(set)  # words that have the pair, or once had it
        for number in range(len(self.words)):
            self._count(number, 1)
        self.heap = [(-count, pair) for pair, count in self.frequency.items()]
        heapq.heapify(self.heap)

    def _count(self, number: int, sign: int) -> None:
        """Add the pairs of a word, or take them away."""
        word, count = self.words[number], sign * self.counts[number]
        for pair in pairwise(word):
            self.frequency[pair] += count
            self.places[pair].add(number)

    def next_pair(self) -> Pair | None:
        """The most frequent pair, of several the smallest; None if there is none."""
        while self.heap:
            count, pair = heapq.heappop(self.heap)
            current = self.frequency[pair]
            if current == -count:
                return pair
            if current:
                heapq.heappush(self.heap, (-current, pair))
        return None

    def apply(self, pair: Pair, new: int) -> None:
        """Merge the pair in all words."""
        made = set()
        for number in self.places.pop(pair):
            self._count(number, -1)
            word = self.words[number] = merge(self.words[number], pair, new)
            self._count(number, 1)
            made |= {two for two in pairwise(word) if new in two}
        del self.frequency[pair]
        for two in made:
            heapq.heappush(self.heap, (-self.frequency[two], two))
