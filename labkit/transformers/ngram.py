"""The n-gram: what follows the last few tokens, by counting. What a language model has to beat.

Axes: n tokens of a text, v vocabulary.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from torch import Tensor

from labkit.nn.kinds import as_index


@dataclass
class Level:
    """All k-grams of the text, numbered in the order of their keys: the number of the first k - 1 tokens, the last."""

    keys: Int[np.ndarray, " kinds"]
    counts: Float[np.ndarray, " kinds"]
    discount: float
    totals: Float[np.ndarray, " contexts"]  # the sum of the counts after each context
    followers: Float[np.ndarray, " contexts"]  # how many different tokens were counted after it

    def find(self, keys: Int[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
        """The numbers of k-grams, -1 where there is none."""
        at = np.searchsorted(self.keys, keys).clip(max=len(self.keys) - 1)
        return np.where(self.keys[at] == keys, at, -1)


class NGram:
    r"""Interpolated Kneser-Ney: a discounted count, and for what was taken off, the opinion of a shorter context.

    $$p_k(w \mid c) = \frac{\max(N_k(cw) - D_k, 0)}{N_k(c\,\cdot)} +
    \frac{D_k\, |\{w' : N_k(cw') > 0\}|}{N_k(c\,\cdot)}\; p_{k-1}(w \mid c')$$

    where c' is c without its first token, and $p_0$ is uniform. $N_k$ counts how often a k-gram occurs for the longest
    k, and for shorter ones, in how many contexts: how many different tokens stand before it. The discount is
    $D_k = n_1 / (n_1 + 2 n_2)$, with $n_1$ and $n_2$ the number of k-grams counted once and twice. A context that was
    never seen leaves all to the shorter one. Raises ValueError for a text that is too short.
    Kneser and Ney 1995, https://doi.org/10.1109/ICASSP.1995.479394, interpolated as in
    Chen and Goodman 1999, https://doi.org/10.1006/csla.1999.0128
    """

    def __init__(self, text: Int[Tensor, " n"], order: int, tokens: int):
        if order < 1 or len(text) < order:
            raise ValueError(f"n-grams of {order} tokens from a text of {len(text)}: both at least 1, the text longer")
        self.order, self.tokens = order, tokens
        words, found = self._checked(text), np.zeros(len(text), dtype=np.int64)  # the empty context has number 0
        keys, firsts, numbers = [], [], []
        for _ in range(order):
            key = np.where(found < 0, -1, found * tokens + words)
            kinds, first, number = np.unique(key, return_index=True, return_inverse=True)
            unknown = int(kinds[0] == -1)  # at the start, where the context is too short
            keys.append(kinds[unknown:]), firsts.append(first[unknown:]), numbers.append(number - unknown)
            found = np.concatenate([[-1], numbers[-1][:-1]])
        self.levels = [self._level(k, keys, firsts, numbers) for k in range(order)]

    def _level(self, k: int, keys: list[np.ndarray], firsts: list[np.ndarray], numbers: list[np.ndarray]) -> Level:
        if k == self.order - 1:
            counts = np.bincount(numbers[k][numbers[k] >= 0], minlength=len(keys[k]))
        else:
            counts = np.bincount(numbers[k][firsts[k + 1]], minlength=len(keys[k]))  # one for each different longer one
        once, twice = (counts == 1).sum(), (counts == 2).sum()
        discount = float(once / (once + 2 * twice)) if once else 0.5
        contexts, size = keys[k] // self.tokens, len(keys[k - 1]) if k else 1
        totals = np.bincount(contexts, counts, minlength=size)
        return Level(keys[k], counts.astype(float), discount, totals, np.bincount(contexts, counts > 0, minlength=size))

    def log_probabilities(self, text: Int[Tensor, " n"]) -> Float[np.ndarray, " n"]:
        """Natural logarithm of the probability of each token, given the `order` - 1 before it, or what there is."""
        words, contexts = self._checked(text), np.zeros(len(text), dtype=np.int64)
        p = np.full(len(words), 1 / self.tokens)
        for level in self.levels:
            found = np.where(contexts < 0, -1, level.find(contexts * self.tokens + words))
            counts = np.where(found < 0, 0.0, level.counts[found])
            p = self._mixed(level, contexts, counts, p)
            contexts = np.concatenate([[-1], found[:-1]])
        return np.log(p)

    def distribution(self, context: Int[Tensor, " n"]) -> Float[np.ndarray, " v"]:
        """The probability of every token after `context`."""
        words, p = self._checked(context), np.full(self.tokens, 1 / self.tokens)
        for k, level in enumerate(self.levels[: len(words) + 1]):
            number = 0
            for shorter, word in zip(self.levels, words[len(words) - k :], strict=False):
                number = int(shorter.find(np.array([number * self.tokens + word]))[0]) if number >= 0 else -1
            if number < 0:
                break
            low, high = np.searchsorted(level.keys, [number * self.tokens, (number + 1) * self.tokens])
            counts = np.zeros(self.tokens)
            counts[level.keys[low:high] % self.tokens] = level.counts[low:high]
            p = self._mixed(level, np.array([number]), counts, p)
        return p

    @staticmethod
    def _mixed(level: Level, contexts: np.ndarray, counts: np.ndarray, shorter: np.ndarray) -> np.ndarray:
        total = np.where(contexts < 0, 0.0, level.totals[contexts])
        left_over = level.discount * level.followers[contexts]
        with np.errstate(divide="ignore", invalid="ignore"):
            mixed = (np.maximum(counts - level.discount, 0.0) + left_over * shorter) / total
        return np.where(total > 0, mixed, shorter)

    def _checked(self, text: Int[Tensor, " n"]) -> Int[np.ndarray, " n"]:
        words = as_index(text, "tokens").cpu().numpy()
        if len(words) and not 0 <= words.min() <= words.max() < self.tokens:
            raise ValueError(f"tokens run from 0 to {self.tokens - 1}: got {words.min()} to {words.max()}")
        return words
