"""GPT-2: the decoder alone, which reads a text and says at every place what comes next.

Axes: b batch, t positions, d model width, v vocabulary.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from labkit.nn.blocks import EncoderBlock, PreNorm
from labkit.nn.cache import KeyValueCache
from labkit.nn.kinds import as_index
from labkit.nn.masks import causal_mask
from labkit.nn.positions import LearnedPositions
from labkit.train.evaluate import evaluation

IGNORED = -100  # a label that does not count, as in torch


def causal_loss(logits: Float[Tensor, "b t v"], labels: Int[Tensor, "rows places"]) -> Float[Tensor, ""]:
    r"""Mean cross-entropy of each token given all before it: position t is asked for the token at t + 1.

    $$-\frac{1}{|T|} \sum_{t \in T} \log p(x_{t+1} \mid x_{\le t})$$

    `labels` are the tokens that the model read, not shifted; where one is -100 nothing is asked.
    Raises ValueError for shapes that do not fit. Radford et al. 2018,
    https://cdn.openai.com/research-covers/language-unsupervised/language_understanding_paper.pdf
    """
    if logits.shape[:2] != labels.shape or labels.shape[1] < 2:
        raise ValueError(f"logits {(*logits.shape,)} and labels {(*labels.shape,)} need the same positions, at least 2")
    labels = as_index(labels, "labels")
    return F.cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten(), ignore_index=IGNORED)


class GPTBlock(EncoderBlock):
    r"""A pre-norm block whose feed-forward network bends smoothly, by $\mathrm{GELU}$ in its tanh form.

    $$\mathrm{GELU}(x) \approx \tfrac{x}{2}\big(1 + \tanh\big(\sqrt{2/\pi}\,(x + 0.044715\,x^3)\big)\big)$$

    Hendrycks and Gimpel 2016, https://arxiv.org/abs/1606.08415
    """

    def __init__(self, width: int, heads: int, dropout: float = 0.1):
        super().__init__(width, heads, dropout, PreNorm)
        self.feed_forward[1] = nn.GELU(approximate="tanh")


class GPT(nn.Module):
    r"""$p(x_{t+1} \mid x_{\le t})$ for every t at once: causal blocks, learned positions, one table for both ends.

    Weights begin as normal with a deviation of 0.02, those that write into the residual path with
    $0.02 / \sqrt{2 \cdot \mathrm{depth}}$, so that the sum of all that is written keeps its size. Unlike the
    original, attention weights themselves are not dropped out.
    Radford et al. 2019,
    https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf
    """

    def __init__(
        self, tokens: int, width: int = 128, heads: int = 4, depth: int = 4, length: int = 128, dropout: float = 0.1
    ):
        super().__init__()
        if depth < 1:
            raise ValueError(f"a GPT has at least one block, not {depth}")
        self.table = nn.Embedding(tokens, width)
        self.positions, self.dropout = LearnedPositions(width, length), nn.Dropout(dropout)
        self.blocks = nn.ModuleList(GPTBlock(width, heads, dropout) for _ in range(depth))
        self.norm = nn.LayerNorm(width)
        self.out = nn.Linear(width, tokens, bias=False)
        self.out.weight = self.table.weight
        self._initialize(depth)

    @torch.no_grad()
    def _initialize(self, depth: int) -> None:
        for module in self.modules():
            if isinstance(module, nn.Linear | nn.Embedding):
                module.weight.normal_(std=0.02)
            if isinstance(module, nn.Linear) and module.bias is not None:
                module.bias.zero_()
        for block in self.blocks:
            for last in (block.attention.out, block.feed_forward[2]):
                last.weight.mul_((2 * depth) ** -0.5)

    @property
    def length(self) -> int:
        """The longest text that it can read: there are no more positions."""
        return len(self.positions.table)

    def forward(self, tokens: Int[Tensor, "b t"], caches: list[KeyValueCache] | None = None) -> Float[Tensor, "b t v"]:
        """Logits for the token after each of `tokens`, which go on from what is in the `caches`, one for each block.

        Raises ValueError beyond `length`.
        """
        caches = [None] * len(self.blocks) if caches is None else caches
        start, count = len(caches[0] or ()), tokens.shape[1]
        mask = causal_mask(count, tokens.device, start) if count > 1 else None  # the last may see all
        x = self.dropout(self.positions(self.table(as_index(tokens, "tokens")), start))
        for block, cache in zip(self.blocks, caches, strict=True):
            x = block(x, mask, cache)
        return self.out(self.norm(x))

    def start(self, tokens: Int[Tensor, "b t"] | None = None) -> "Continuing":
        """Read the beginning of a text once, without dropout, and be ready to write on (see `labkit.nn.decoding`)."""
        return Continuing(self, tokens)


class Continuing:
    """A GPT in the middle of a text: the keys and values of all that it has read and written."""

    def __init__(self, model: GPT, tokens: Int[Tensor, "b t"] | None = None):
        self.model, self.caches = model, [KeyValueCache() for _ in model.blocks]
        if tokens is not None and tokens.shape[1]:
            with evaluation(model):
                model(tokens, self.caches)

    def step(self, token: Int[Tensor, " b"]) -> Float[Tensor, "b v"]:
        """Write one token in each row; returns the logits of the next one. Raises ValueError beyond `length`."""
        return self.model(token[:, None], self.caches)[:, 0]

    def select(self, rows: Int[Tensor, " n"]) -> None:
        """Go on with these rows, in this order; a row may be taken several times."""
        for cache in self.caches:
            cache.select(rows)


def gpt2_small() -> GPT:
    """The smallest published GPT-2: 124 million weights."""
    return GPT(50257, width=768, heads=12, depth=12, length=1024)


def gpt2_medium() -> GPT:
    """355 million weights."""
    return GPT(50257, width=1024, heads=16, depth=24, length=1024)


def gpt2_large() -> GPT:
    """774 million weights."""
    return GPT(50257, width=1280, heads=20, depth=36, length=1024)


def gpt2_xl() -> GPT:
    """1.6 billion weights: the one that was first held back."""
    return GPT(50257, width=1600, heads=25, depth=48, length=1024)
