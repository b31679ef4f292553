"""The multi-layer perceptron, and backpropagation written out by hand.

Axes: b batch, i inputs and o outputs of a layer, h hidden units, c classes.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional as F


def forward_pass(
    x: Float[Tensor, "b i"], weights: Sequence[Float[Tensor, "_ _"]], biases: Sequence[Float[Tensor, " _"]]
) -> list[Float[Tensor, "b _"]]:
    r"""All activations: the inputs, every hidden layer, and the logits.

    $$a_0 = x, \qquad z_l = a_{l-1} W_l^\top + b_l, \qquad a_l = \max(0, z_l), \qquad \mathrm{logits} = z_L$$

    Rumelhart, Hinton and Williams 1986, https://doi.org/10.1038/323533a0
    """
    activations = [x]
    for weight, bias in zip(weights[:-1], biases[:-1], strict=True):
        activations.append(F.linear(activations[-1], weight, bias).relu_())
    return [*activations, F.linear(activations[-1], weights[-1], biases[-1])]


def backward_pass(
    activations: Sequence[Float[Tensor, "b _"]],
    weights: Sequence[Float[Tensor, "_ _"]],
    gradient: Float[Tensor, "b c"],
    to_inputs: bool = True,
) -> tuple[list[Float[Tensor, "_ _"]], list[Float[Tensor, " _"]], Float[Tensor, "b i"] | None]:
    r"""Gradients of weights, biases and inputs, from the gradient at the logits: the chain rule, last layer first.

    $$\delta_L = \frac{\partial \mathcal{L}}{\partial z_L}, \qquad \frac{\partial \mathcal{L}}{\partial W_l} =
    \delta_l^\top a_{l-1}, \qquad \frac{\partial \mathcal{L}}{\partial b_l} = \sum_b \delta_l, \qquad
    \delta_{l-1} = (\delta_l W_l) \odot [a_{l-1} > 0]$$

    `activations` are those of `forward_pass`; its last, the logits, may be left out. Without `to_inputs` the gradient
    of the inputs is None, and its matrix product saved. Rumelhart, Hinton and Williams 1986,
    https://doi.org/10.1038/323533a0
    """
    of_weights, of_biases = [], []
    for layer in reversed(range(len(weights))):
        of_weights.append(gradient.T @ activations[layer])  # o i: a sum over the batch
        of_biases.append(gradient.sum(dim=0))
        if layer > 0:
            gradient = (gradient @ weights[layer]).mul_(activations[layer] > 0)
    return of_weights[::-1], of_biases[::-1], gradient @ weights[0] if to_inputs else None


def two_layer_backward(
    x: Float[Tensor, "b i"],
    hidden: Float[Tensor, "b h"],
    second: Float[Tensor, "c h"],
    gradient: Float[Tensor, "b c"],
) -> tuple[Float[Tensor, "h i"], Float[Tensor, " h"], Float[Tensor, "c h"], Float[Tensor, " c"]]:
    r"""Gradients of $W_1, b_1, W_2, b_2$ for $\mathrm{logits} = \max(0, x W_1^\top + b_1) W_2^\top + b_2$.

    `hidden` is the output of the ReLU, `second` is $W_2$, `gradient` the gradient at the logits.
    Rumelhart, Hinton and Williams 1986, https://doi.org/10.1038/323533a0
    """
    at_hidden = (gradient @ second) * (hidden > 0)
    return at_hidden.T @ x, at_hidden.sum(dim=0), gradient.T @ hidden, gradient.sum(dim=0)


class Backpropagation(torch.autograd.Function):
    """`forward_pass` and `backward_pass` as one step of autograd: `Backpropagation.apply(x, W1, b1, W2, b2, ...)`.

    Rumelhart, Hinton and Williams 1986, https://doi.org/10.1038/323533a0
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, *parameters: Tensor) -> Tensor:
        weights, biases = parameters[0::2], parameters[1::2]
        *activations, logits = forward_pass(x, weights, biases)
        ctx.save_for_backward(*activations, *weights)
        return logits

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        depth = len(ctx.saved_tensors) // 2
        activations, weights = ctx.saved_tensors[:depth], ctx.saved_tensors[depth:]
        of_weights, of_biases, of_x = backward_pass(activations, weights, gradient, ctx.needs_input_grad[0])
        return of_x, *(part for pair in zip(of_weights, of_biases, strict=True) for part in pair)


class MLP(nn.Module):
    r"""Linear layers with a ReLU between them: $z_l = a_{l-1} W_l^\top + b_l$, $a_l = \max(0, z_l)$.

    `sizes` are the widths from inputs to classes, such as [40, 128, 10]. `between(width)` makes what stands after
    each hidden layer: a ReLU, or with it a normalization, dropout. Weights begin as He et al. advise (`he_`).
    Rumelhart, Hinton and Williams 1986, https://doi.org/10.1038/323533a0
    """

    def __init__(self, sizes: Sequence[int], between: Callable[[int], nn.Module] = lambda width: nn.ReLU()):
        super().__init__()
        if len(sizes) < 2 or min(sizes) < 1:
            raise ValueError(f"sizes run from inputs to outputs, such as [40, 128, 10], not {list(sizes)}")
        self.inputs = sizes[0]
        self.layers = nn.ModuleList(he_(nn.Linear(i, o)) for i, o in pairwise(sizes))
        self.between = nn.ModuleList(between(width) for width in sizes[1:-1])

    def forward(self, x: Float[Tensor, "b i"]) -> Float[Tensor, "b c"]:
        """Logits, with gradients from autograd. Raises ValueError for inputs of another width."""
        self._check(x)
        *hidden, last = self.layers
        for layer, between in zip(hidden, self.between, strict=True):
            x = between(layer(x))
        return last(x)

    def by_hand(self, x: Float[Tensor, "b i"]) -> Float[Tensor, "b c"]:
        """The same logits, gradients from our own `backward_pass`. Raises ValueError unless all between is ReLU."""
        self._check(x)
        if not all(isinstance(between, nn.ReLU) for between in self.between):
            raise ValueError(
                "backward_pass knows the ReLU alone: for anything else between layers call the model itself"
            )
        return Backpropagation.apply(x, *(part for layer in self.layers for part in (layer.weight, layer.bias)))

    def _check(self, x: Tensor) -> None:
        if x.ndim != 2 or x.shape[1] != self.inputs:
            raise ValueError(
                f"expected inputs (batch, {self.inputs}), got {tuple(x.shape)}: flatten all but the batch axis"
            )


def he_(layer: nn.Linear) -> nn.Linear:
    r"""Draw weights from $\mathcal{N}(0, 2 / i)$ for $i$ inputs, and set biases to zero; returns the layer.

    A ReLU sets about half of its inputs to zero; a variance of $2 / i$ keeps the size of the signal nevertheless.
    He et al. 2015, section 2.2, https://arxiv.org/abs/1502.01852
    """
    nn.init.normal_(layer.weight, std=(2 / layer.in_features) ** 0.5)
    nn.init.zeros_(layer.bias)
    return layer
