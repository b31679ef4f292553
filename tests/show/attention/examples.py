"""Attention to look at: weights with heads of recognizable kinds."""

import numpy as np

from labkit.show.attention.explorer import AttentionPanel

SOURCE = [*"3rd of May 1998", "<eos>"]
TARGET = ["<bos>", *"1998-05-03"]


def weights(shape: tuple[int, int, int, int], causal: bool = False) -> tuple[np.ndarray, np.ndarray | None]:
    """Softmax weights: head 0 looks one back, head 1 at the first token, the last head at everything alike."""
    _, heads, queries, keys = shape
    scores = np.random.default_rng(queries + keys).normal(size=shape)
    i, j = np.indices((queries, keys))
    scores[:, 0] -= 3 * abs(j - i + 1)
    scores[:, 1 % heads] += 4 * (j == 0)
    scores[:, -1] *= 0.1
    mask = j <= i if causal else None
    if causal:
        scores = np.where(mask, scores, -np.inf)
    scores = np.exp(scores - scores.max(-1, keepdims=True))
    return scores / scores.sum(-1, keepdims=True), mask


def translation() -> dict[str, AttentionPanel]:
    """Encoder, decoder (causal) and cross-attention of a small translator."""
    s, t = len(SOURCE), len(TARGET)
    masked, mask = weights((2, 4, t, t), causal=True)
    return {
        "encoder self-attention": AttentionPanel(weights((2, 4, s, s))[0], SOURCE, SOURCE),
        "decoder self-attention": AttentionPanel(masked, TARGET, TARGET, mask),
        "cross-attention": AttentionPanel(weights((2, 4, t, s))[0], TARGET, SOURCE),
    }


def large() -> dict[str, AttentionPanel]:
    """Six layers of eight heads over 64 tokens, as large as an explorer has to stay fluid with."""
    tokens = [f"token{i}" for i in range(64)]
    tokens[40] = "internationalization"
    values, mask = weights((6, 8, 64, 64), causal=True)
    return {"self-attention": AttentionPanel(values, tokens, tokens, mask)}
