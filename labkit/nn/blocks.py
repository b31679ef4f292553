"""The blocks that Transformers stack.

Axes: b batch, t positions, s positions of what is read from, d model width.
"""

from collections.abc import Callable

from jaxtyping import Float
from torch import Tensor, nn

from labkit.nn.attention import MultiHeadAttention
from labkit.nn.cache import KeyValueCache
from labkit.nn.positions import Rotary


class FeedForward(nn.Sequential):
    r"""The same two-layer network at every position: $\max(0, x W_1 + b_1) W_2 + b_2$, four times wider inside.

    Vaswani et al. 2017, eq. 2, https://arxiv.org/abs/1706.03762
    """

    def __init__(self, width: int):
        super().__init__(nn.Linear(width, 4 * width), nn.ReLU(), nn.Linear(4 * width, width))


class PostNorm(nn.Module):
    r"""$\mathrm{LayerNorm}(x + \mathrm{sublayer}(x))$: the sum is normalized, as in the original Transformer.

    Vaswani et al. 2017, section 3.1, https://arxiv.org/abs/1706.03762
    """

    def __init__(self, width: int, dropout: float):
        super().__init__()
        self.norm, self.dropout = nn.LayerNorm(width), nn.Dropout(dropout)

    def forward(self, x: Float[Tensor, "b t d"], sublayer: Callable[[Tensor], Tensor]) -> Float[Tensor, "b t d"]:
        return self.norm(x + self.dropout(sublayer(x)))

    @staticmethod
    def last(width: int) -> nn.Module:
        """What closes a stack of such blocks: nothing, since each has normalized its output."""
        return nn.Identity()


class PreNorm(nn.Module):
    r"""$x + \mathrm{sublayer}(\mathrm{LayerNorm}(x))$: the input is normalized, and the sum is left alone.

    Xiong et al. 2020, table 1, https://arxiv.org/abs/2002.04745
    """

    def __init__(self, width: int, dropout: float):
        super().__init__()
        self.norm, self.dropout = nn.LayerNorm(width), nn.Dropout(dropout)

    def forward(self, x: Float[Tensor, "b t d"], sublayer: Callable[[Tensor], Tensor]) -> Float[Tensor, "b t d"]:
        return x + self.dropout(sublayer(self.norm(x)))

    @staticmethod
    def last(width: int) -> nn.Module:
        """What closes a stack of such blocks: one norm, since the sums have not been normalized yet."""
        return nn.LayerNorm(width)


Residual = type[PreNorm] | type[PostNorm]


class EncoderBlock(nn.Module):
    """Look around, then think: self-attention and a feed-forward network, each with a residual path.

    Vaswani et al. 2017, section 3.1, https://arxiv.org/abs/1706.03762
    """

    def __init__(
        self, width: int, heads: int, dropout: float = 0.1, residual: Residual = PreNorm, rotary: Rotary | None = None
    ):
        super().__init__()
        self.attention = MultiHeadAttention(width, heads, rotary)
        self.feed_forward = FeedForward(width)
        self.residuals = nn.ModuleList(residual(width, dropout) for _ in range(2))

    def forward(
        self, x: Float[Tensor, "b t d"], mask: Tensor | None = None, cache: KeyValueCache | None = None
    ) -> Float[Tensor, "b t d"]:
        """`mask` as in `MultiHeadAttention`; with a causal one this is the block of a GPT."""
        x = self.residuals[0](x, lambda y: self.attention(y, mask=mask, cache=cache))
        return self.residuals[1](x, self.feed_forward)


class DecoderBlock(nn.Module):
    """Look at what is written, look at what is read, then think.

    Vaswani et al. 2017, section 3.1, https://arxiv.org/abs/1706.03762
    """

    def __init__(
        self, width: int, heads: int, dropout: float = 0.1, residual: Residual = PreNorm, rotary: Rotary | None = None
    ):
        super().__init__()
        self.attention = MultiHeadAttention(width, heads, rotary)
        self.cross_attention = MultiHeadAttention(width, heads)  # two sequences share no ruler: nothing to rotate by
        self.feed_forward = FeedForward(width)
        self.residuals = nn.ModuleList(residual(width, dropout) for _ in range(3))

    def forward(
        self,
        x: Float[Tensor, "b t d"],
        memory: Float[Tensor, "b s d"],
        mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        caches: tuple[KeyValueCache | None, KeyValueCache | None] = (None, None),
    ) -> Float[Tensor, "b t d"]:
        """`mask` is for what is written, `memory_mask` for what is read, `caches` for both, in that order."""
        x = self.residuals[0](x, lambda y: self.attention(y, mask=mask, cache=caches[0]))
        x = self.residuals[1](x, lambda y: self.cross_attention(y, memory, mask=memory_mask, cache=caches[1]))
        return self.residuals[2](x, self.feed_forward)
