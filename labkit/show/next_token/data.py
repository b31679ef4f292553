"""What the next-token explorer is given: what a language model made of a text, checked.

Axes: t tokens of the text, v vocabulary, layers, heads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from labkit.show.kit.arrays import to_numpy


@dataclass
class Reading:
    """What a model made of t tokens: logits (t, v) of the token after each, weights (layers, heads, t, t).

    Raises ValueError for shapes that do not fit, numbers that are not finite, and weights that are no distributions or
    look ahead.
    """

    logits: Any
    weights: Any

    def __post_init__(self):
        self.logits, self.weights = (to_numpy(part).astype(np.float32) for part in (self.logits, self.weights))
        if self.logits.ndim != 2 or self.weights.ndim != 4 or self.weights.shape[2:] != (len(self.logits),) * 2:
            raise ValueError(
                f"a reading of t tokens has logits (t, v) and weights (layers, heads, t, t), "
                f"not {self.logits.shape} and {self.weights.shape}"
            )
        if not (np.isfinite(self.logits).all() and np.isfinite(self.weights).all()):
            raise ValueError("a logit or a weight is not finite")
        if self.weights.min(initial=0) < 0 or np.abs(self.weights.sum(-1) - 1).max(initial=0) > 1e-2:
            raise ValueError("weights are no distributions: pass them after the softmax, without dropout")
        if np.triu(self.weights, 1).max(initial=0) > 1e-3:
            raise ValueError("a token looks at one that comes after it: is the causal mask missing?")

    def given(self, tokens: Sequence[int]) -> Float[np.ndarray, " t"]:
        """The probability that each token had where it stands; 1 for the first, which nobody predicted."""
        p = np.exp(log_softmax(self.logits[:-1]))
        return np.concatenate([[1.0], p[np.arange(len(p)), list(tokens[1:])]]).astype(np.float32)


def log_softmax(logits: Float[np.ndarray, "*b v"]) -> Float[np.ndarray, "*b v"]:
    """Logarithms of probabilities from logits, minus infinity where a logit is."""
    shifted = logits - logits.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


def filtered(
    logits: Float[np.ndarray, " v"], temperature: float = 1.0, k: int = 0, p: float = 1.0
) -> Float[np.ndarray, " v"]:
    """Probabilities that a token is drawn: temperature, then the k largest (0: all), then the fewest with share p.

    The twin of `filtered` in next_token.js.
    """
    order = np.argsort(-logits, kind="stable")
    weights = np.exp((logits[order].astype(float) - logits[order[0]]) / temperature)
    weights[k or len(weights) :] = 0.0
    weights /= weights.sum()
    before = weights.cumsum() - weights  # the likeliest has none before it, so it is always kept
    weights[(before >= p) & (np.arange(len(weights)) > 0)] = 0.0
    found = np.empty_like(weights)
    found[order] = weights / weights.sum()
    return found


def visible(token: str) -> str:
    """A token that can be seen: blanks have no picture of their own. The twin of `visible` in next_token.js."""
    return token.replace(" ", "␣").replace("\n", "⏎").replace("\t", "⇥") or "∅"
