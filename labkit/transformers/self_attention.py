"""Self-attention with a single head: the smallest complete piece of a Transformer.

Axes: b batch, t positions, d width.
"""

from jaxtyping import Float
from torch import Tensor, nn

from labkit.nn.attention import attend


class SelfAttention(nn.Module):
    r"""Every position asks, and every position answers.

    $$\mathrm{softmax}\big(X W_Q (X W_K)^\top / \sqrt{d}\big) X W_V$$

    Vaswani et al. 2017, section 3.2.1, https://arxiv.org/abs/1706.03762
    """

    def __init__(self, width: int):
        super().__init__()
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))

    def forward(
        self, x: Float[Tensor, "b t d"], mask: Tensor | None = None
    ) -> tuple[Float[Tensor, "b t d"], Float[Tensor, "b t t"]]:
        """What each position read, and how much of it came from where. `mask` is True where a position may look."""
        return attend(self.query(x), self.key(x), self.value(x), mask)
