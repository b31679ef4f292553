"""How well a language model knows a text, in numbers that do not depend on its tokens.

Axes: n tokens of the text, v vocabulary.
"""

import math
from collections.abc import Iterable

import torch
from jaxtyping import Float, Int
from torch import Tensor

from labkit.nn.kinds import as_index
from labkit.train.evaluate import evaluation
from labkit.transformers.gpt import GPT
from labkit.transformers.tokenizer import without_surrogates

TOGETHER = 32  # windows that are read at once


@torch.no_grad()
def log_probabilities(model: GPT, text: Int[Tensor, " n"]) -> Float[Tensor, " n-1"]:
    r"""$\log p(x_{t+1} \mid x_{\le t})$ for every token but the first, as far back as the model can see.

    A text longer than the model's `length` is read in windows that overlap by half, and each token is scored in the
    window where most stands before it: at least half of the length, but for the first tokens.
    Raises ValueError for less than two tokens.
    """
    if len(text) < 2:
        raise ValueError(f"a text of {len(text)} tokens has nothing to predict: give at least two")
    length = min(model.length, len(text) - 1)
    last = len(text) - 1 - length
    starts = sorted({*range(0, last, max(1, length // 2)), last})
    text, scores = as_index(text, "tokens"), torch.empty(len(text) - 1, device=text.device)
    with evaluation(model):
        _score(model, text, starts, length, scores)
    return scores


def _score(model: GPT, text: Int[Tensor, " n"], starts: list[int], length: int, scores: Float[Tensor, " m"]) -> None:
    """Write the scores of all windows, the last one first."""
    for several in reversed(torch.tensor(starts).split(TOGETHER)):
        windows = torch.stack([text[start : start + length + 1] for start in several.tolist()])  # b length+1
        log_p = model(windows[:, :-1]).log_softmax(dim=-1).gather(2, windows[:, 1:, None])[..., 0]
        for start, row in zip(reversed(several.tolist()), log_p.flip(0), strict=True):
            scores[start : start + length] = row  # the earlier window, written later, has seen more


def bits_per_byte(log_p: Iterable[float] | Tensor, documents: Iterable[str]) -> float:
    r"""$-\sum \log_2 p \,/\, \mathrm{bytes}$: what the text costs, whatever its tokens are.

    A model that knew nothing would need 8. The end-of-text tokens are paid for, and count no byte.
    """
    size = sum(len(without_surrogates(document).encode()) for document in documents)
    if not size:
        raise ValueError("there is no text to measure by")
    return -float(torch.as_tensor(log_p, dtype=torch.float64).sum()) / math.log(2) / size
