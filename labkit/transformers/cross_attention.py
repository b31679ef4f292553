"""Cross-attention with a single head: one sequence asks, another answers.

Axes: b batch, t positions that ask, s positions that answer, d width, c width of the answering sequence.
"""

from jaxtyping import Float
from torch import Tensor, nn

from labkit.nn.attention import attend


class CrossAttention(nn.Module):
    r"""Queries come from $X$, keys and values from $C$.

    $$\mathrm{softmax}\big(X W_Q (C W_K)^\top / \sqrt{d}\big) C W_V$$

    Vaswani et al. 2017, section 3.2.3, https://arxiv.org/abs/1706.03762
    """

    def __init__(self, width: int, context_width: int):
        super().__init__()
        self.query = nn.Linear(width, width)
        self.key, self.value = (nn.Linear(context_width, width) for _ in range(2))

    def forward(
        self, x: Float[Tensor, "b t d"], context: Float[Tensor, "b s c"], mask: Tensor | None = None
    ) -> tuple[Float[Tensor, "b t d"], Float[Tensor, "b t s"]]:
        """What each position read from `context`, and from where. `mask` is True where a position may look."""
        return attend(self.query(x), self.key(context), self.value(context), mask)
