"""Deep multi-layer perceptrons, plain or with normalization and skips: what depth does to signals and gradients.

Axes: b batch, i inputs, h hidden units, c classes.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from labkit.foundations.mlp import he_


class HiddenLayer(nn.Module):
    r"""$\max(0, \mathrm{norm}(W x + b))$, plus $x$ if there is a skip.

    He et al. 2016, https://arxiv.org/abs/1512.03385
    """

    def __init__(self, width: int, norm: Callable[[int], nn.Module] | None, skip: bool):
        super().__init__()
        self.linear, self.norm = he_(nn.Linear(width, width)), nn.Identity() if norm is None else norm(width)
        self.skip = skip

    def forward(self, x: Float[Tensor, "b h"]) -> Float[Tensor, "b h"]:
        y = self.norm(self.linear(x)).relu()
        return x + y if self.skip else y


class DeepMLP(nn.Module):
    """A linear layer for the inputs, `depth` hidden layers of one width, a linear layer for the logits.

    `norm(width)` makes a normalization for each hidden layer; with `skip` each adds its result to its input.
    Raises ValueError for a depth below 1. He et al. 2016, https://arxiv.org/abs/1512.03385
    """

    def __init__(
        self,
        inputs: int,
        hidden: int,
        classes: int,
        depth: int = 20,
        norm: Callable[[int], nn.Module] | None = None,
        skip: bool = False,
    ):
        super().__init__()
        if depth < 1:
            raise ValueError(f"a deep network has at least one hidden layer, not {depth}")
        self.read = he_(nn.Linear(inputs, hidden))
        self.hidden = nn.ModuleList(HiddenLayer(hidden, norm, skip) for _ in range(depth))
        self.out = he_(nn.Linear(hidden, classes))

    def forward(self, x: Float[Tensor, "b i"]) -> Float[Tensor, "b c"]:
        x = self.read(x)
        for layer in self.hidden:
            x = layer(x)
        return self.out(x)


def layer_sizes(
    model: DeepMLP, loss: Callable[[], Float[Tensor, ""]]
) -> tuple[Float[Tensor, " depth"], Float[Tensor, " depth"]]:
    """Root mean square of each hidden layer's output, and of the loss's gradient there, for one call of `loss()`."""
    outputs: list[Tensor] = []
    hooks = [layer.register_forward_hook(lambda _, __, out: outputs.append(out)) for layer in model.hidden]
    try:
        gradients = torch.autograd.grad(loss(), outputs)
    finally:
        for hook in hooks:
            hook.remove()
    return tuple(torch.stack([of.detach().square().mean().sqrt() for of in side]) for side in (outputs, gradients))
