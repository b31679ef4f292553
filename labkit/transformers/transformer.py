"""The Transformer: an encoder that reads, a decoder that writes.

Axes: b batch, s source positions, t target positions, d model width, v target vocabulary.
"""

import math

from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from labkit.nn.blocks import DecoderBlock, EncoderBlock, PreNorm, Residual
from labkit.nn.cache import KeyValueCache
from labkit.nn.kinds import as_index
from labkit.nn.masks import causal_mask, padding_mask
from labkit.nn.positions import Rotary, SinusoidalPositions
from labkit.train.evaluate import evaluation


def teacher_forcing(
    target: Int[Tensor, "b t"], padding: int = 0
) -> tuple[Int[Tensor, "b t-1"], Int[Tensor, "b t-1"], Bool[Tensor, "b t-1 t-1"]]:
    """What the decoder is given, what it should say, and where it may look, for all positions at once.

    At each position the input is the true token and the label is the one after it; the mask hides the future and the
    padding. Vaswani et al. 2017, section 3.1, https://arxiv.org/abs/1706.03762
    """
    inputs, labels = target[:, :-1], target[:, 1:]
    return inputs, labels, past_mask(inputs, padding)


def past_mask(target: Int[Tensor, "b t"], padding: int = 0) -> Bool[Tensor, "b t t"]:
    """Where the decoder may look: at itself and what came before, and never at padding."""
    return causal_mask(target.shape[1], target.device) & padding_mask(target, padding)


class Embedding(nn.Module):
    r"""Tokens to vectors, $\sqrt{d}$ times the table's row, with positions added and dropout.

    Vaswani et al. 2017, sections 3.4 and 5.4, https://arxiv.org/abs/1706.03762
    """

    def __init__(self, tokens: int, width: int, dropout: float, positions: nn.Module | None):
        super().__init__()
        self.table = nn.Embedding(tokens, width)
        nn.init.normal_(self.table.weight, std=width**-0.5)  # so that the scaled vectors have unit size
        self.positions, self.dropout = positions, nn.Dropout(dropout)

    def forward(self, tokens: Int[Tensor, "b t"], start: int = 0) -> Float[Tensor, "b t d"]:
        x = self.table(as_index(tokens, "tokens")) * math.sqrt(self.table.embedding_dim)
        if self.positions is not None:
            x = self.positions(x, start)
        return self.dropout(x)


class Encoder(nn.Module):
    """A stack of blocks that reads the source.

    Vaswani et al. 2017, section 3.1, https://arxiv.org/abs/1706.03762
    """

    def __init__(self, blocks: list[EncoderBlock], norm: nn.Module):
        super().__init__()
        self.blocks, self.norm = nn.ModuleList(blocks), norm

    def forward(self, x: Float[Tensor, "b s d"], mask: Tensor | None = None) -> Float[Tensor, "b s d"]:
        for block in self.blocks:
            x = block(x, mask)
        return self.norm(x)


class Decoder(nn.Module):
    """A stack of blocks that writes the target.

    Vaswani et al. 2017, section 3.1, https://arxiv.org/abs/1706.03762
    """

    def __init__(self, blocks: list[DecoderBlock], norm: nn.Module):
        super().__init__()
        self.blocks, self.norm = nn.ModuleList(blocks), norm

    def forward(
        self,
        x: Float[Tensor, "b t d"],
        memory: Float[Tensor, "b s d"],
        mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        caches: list[tuple[KeyValueCache, KeyValueCache]] | None = None,
    ) -> Float[Tensor, "b t d"]:
        for i, block in enumerate(self.blocks):
            x = block(x, memory, mask, memory_mask, (None, None) if caches is None else caches[i])
        return self.norm(x)


class Transformer(nn.Module):
    r"""Translates a sequence of tokens into another: $p(y_{t+1} \mid y_{\le t}, x)$ for every t at once.

    `positions` is a module that adds them to the embeddings of both sides (default: sinusoidal), or a `Rotary` as wide
    as a head.
    The output layer shares its weights with the target's embedding. Token 0 is padding and is never looked at.
    Vaswani et al. 2017, https://arxiv.org/abs/1706.03762
    """

    def __init__(
        self,
        source_tokens: int,
        target_tokens: int,
        width: int = 128,
        heads: int = 4,
        depth: int = 2,
        dropout: float = 0.1,
        residual: Residual = PreNorm,
        positions: nn.Module | None = None,
    ):
        super().__init__()
        if depth < 1:
            raise ValueError(f"a Transformer has at least one block on each side, not {depth}")
        rotary = positions if isinstance(positions, Rotary) else None
        added = None if rotary else positions or SinusoidalPositions(width)
        parts = (width, heads, dropout, residual, rotary)
        self.source = Embedding(source_tokens, width, dropout, added)
        self.target = Embedding(target_tokens, width, dropout, added)
        self.encoder = Encoder([EncoderBlock(*parts) for _ in range(depth)], residual.last(width))
        self.decoder = Decoder([DecoderBlock(*parts) for _ in range(depth)], residual.last(width))
        self.out = nn.Linear(width, target_tokens)
        self.out.weight = self.target.table.weight  # section 3.4: one table, read in both directions
        for block in (*self.encoder.modules(), *self.decoder.modules()):
            if isinstance(block, nn.Linear):
                nn.init.xavier_uniform_(block.weight)
                nn.init.zeros_(block.bias)

    def forward(self, source: Int[Tensor, "b s"], target: Int[Tensor, "b t"]) -> Float[Tensor, "b t v"]:
        """Logits for the token after each of `target`, which begins with the start token."""
        memory, source_mask = self.encode(source)
        return self.out(self.decoder(self.target(target), memory, past_mask(target), source_mask))

    def encode(self, source: Int[Tensor, "b s"]) -> tuple[Float[Tensor, "b s d"], Bool[Tensor, "b 1 s"]]:
        """Read the source: what the decoder looks at, and where it may look."""
        mask = padding_mask(source)
        return self.encoder(self.source(source), mask), mask

    def start(self, source: Int[Tensor, "b s"]) -> "Writing":
        """Read the source without dropout, and be ready to write one token at a time (see `labkit.nn.decoding`)."""
        with evaluation(self):
            return Writing(self, *self.encode(source))


class Writing:
    """A Transformer in the middle of a sentence: what it has read, and the keys and values of what it wrote."""

    def __init__(self, model: Transformer, memory: Float[Tensor, "b s d"], mask: Bool[Tensor, "b 1 s"]):
        self.model, self.memory, self.mask = model, memory, mask
        self.caches = [(KeyValueCache(), KeyValueCache()) for _ in model.decoder.blocks]

    def step(self, token: Int[Tensor, " b"]) -> Float[Tensor, "b v"]:
        """Write one token in each row; returns the logits of the next one."""
        x = self.model.target(token[:, None], start=len(self.caches[0][0]))
        x = self.model.decoder(x, self.memory, None, self.mask, self.caches)
        return self.model.out(x[:, 0])

    def select(self, rows: Int[Tensor, " n"]) -> None:
        """Go on with these rows, in this order; a row may be taken several times."""
        rows = as_index(rows, "rows")
        self.memory, self.mask = self.memory[rows], self.mask[rows]
        for caches in self.caches:
            for cache in caches:
                cache.select(rows)
