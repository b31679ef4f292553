"""Elman's network: one layer that reads its own last answer with each input.

Axes: b batch, d width of the input, h hidden units.
"""

from typing import NamedTuple

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from labkit.rnn.recurrence import Cell, Recurrence, State


def rnn_step(
    x: Float[Tensor, "b d"],
    hidden: Float[Tensor, "b h"],
    input_weight: Float[Tensor, "h d"],
    recurrent_weight: Float[Tensor, "h h"],
    bias: Float[Tensor, " h"],
) -> Float[Tensor, "b h"]:
    r"""The next hidden state, from the input and the last one.

    $$h_t = \tanh(W x_t + U h_{t-1} + b)$$

    Elman 1990, https://doi.org/10.1207/s15516709cog1402_1
    """
    return (F.linear(x, input_weight) + F.linear(hidden, recurrent_weight, bias)).tanh()


class SimpleMoment(NamedTuple):
    """One step of an Elman network."""

    hidden: Float[Tensor, "b h"]


class SimpleRNNCell(Cell):
    r"""$h_t = \tanh(W x_t + b_W + U h_{t-1} + b_U)$: `rnn_step` with its weights, and torch's two biases."""

    gates, carried = 1, 1

    def step(self, read: Float[Tensor, "b h"], state: State) -> SimpleMoment:
        """The next hidden state. `read` is $W x_t + b_W$."""
        return SimpleMoment((read + self.recurrent(state[0])).tanh())


class SimpleRNN(Recurrence):
    r"""Elman's network, in layers and directions: a state that is rewritten whole at every step.

    $$h_t = \tanh(W x_t + b_W + U h_{t-1} + b_U)$$

    Elman 1990, https://doi.org/10.1207/s15516709cog1402_1
    """

    cell = SimpleRNNCell
