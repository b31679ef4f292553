"""Long short-term memory: a cell that is added to, and gates that decide.

Axes: b batch, d width of the input, h hidden units, g = 4 h: input gate, forget gate, candidate and output gate.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from labkit.rnn.recurrence import Cell, Recurrence, State


class LSTMMoment(NamedTuple):
    """One step of an LSTM: its two states, and what decided about them."""

    hidden: Float[Tensor, "b h"]
    cell: Float[Tensor, "b h"]
    input: Float[Tensor, "b h"]
    forget: Float[Tensor, "b h"]
    output: Float[Tensor, "b h"]
    candidate: Float[Tensor, "b h"]


def lstm_moment(pressed: Float[Tensor, "b g"], cell: Float[Tensor, "b h"]) -> LSTMMoment:
    """The next moment, from the sums of the four blocks before any sigmoid or tanh."""
    i, f, g, o = pressed.chunk(4, dim=-1)
    i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
    cell = f * cell + i * g
    return LSTMMoment(o * cell.tanh(), cell, i, f, o, g)


def lstm_step(
    x: Float[Tensor, "b d"],
    hidden: Float[Tensor, "b h"],
    cell: Float[Tensor, "b h"],
    input_weight: Float[Tensor, "g d"],
    recurrent_weight: Float[Tensor, "g h"],
    bias: Float[Tensor, " g"],
) -> tuple[Float[Tensor, "b h"], Float[Tensor, "b h"]]:
    r"""The next hidden state and cell, from the input and the last ones.

    $$[i, f, g, o] = W x_t + U h_{t-1} + b, \quad c_t = \sigma(f) \odot c_{t-1} + \sigma(i) \odot \tanh(g), \quad
    h_t = \sigma(o) \odot \tanh(c_t)$$

    The four blocks of the weights stand in torch's order: input, forget, candidate, output.
    Hochreiter and Schmidhuber 1997, https://doi.org/10.1162/neco.1997.9.8.1735; the forget gate is from Gers et al.
    2000, https://doi.org/10.1162/089976600300015015
    """
    return lstm_moment(F.linear(x, input_weight) + F.linear(hidden, recurrent_weight, bias), cell)[:2]


class LSTMCell(Cell):
    """`lstm_step` with its weights, and torch's two biases."""

    gates, carried = 4, 2

    def step(self, read: Float[Tensor, "b g"], state: State) -> LSTMMoment:
        """The next moment. `read` is $W x_t + b_W$, the state is (hidden, cell)."""
        return lstm_moment(read + self.recurrent(state[0]), state[1])


class LSTM(Recurrence):
    r"""Long short-term memory, in layers and directions: a cell that is not rewritten, but forgotten and added to.

    $$i = \sigma(W_i x_t + U_i h_{t-1} + b_i), \quad f = \sigma(W_f x_t + U_f h_{t-1} + b_f), \quad
    o = \sigma(W_o x_t + U_o h_{t-1} + b_o)$$
    $$g = \tanh(W_g x_t + U_g h_{t-1} + b_g), \quad c_t = f \odot c_{t-1} + i \odot g, \quad h_t = o \odot \tanh(c_t)$$

    The state is (hidden, cell). Hochreiter and Schmidhuber 1997, https://doi.org/10.1162/neco.1997.9.8.1735; with the
    forget gate of Gers et al. 2000, https://doi.org/10.1162/089976600300015015
    """

    cell = LSTMCell


@torch.no_grad()
def set_forget_bias(network: LSTM | nn.LSTM, bias: float = 1.0) -> None:
    """Set what the forget gates of all layers start from, so that they are open before anything is learned.

    Jozefowicz et al. 2015, https://proceedings.mlr.press/v37/jozefowicz15.html
    """
    for name, weight in network.named_parameters():
        h = len(weight) // 4
        if name.endswith("input.bias") or "bias_ih" in name:
            weight[h : 2 * h] = bias
        elif name.endswith("recurrent.bias") or "bias_hh" in name:
            weight[h : 2 * h] = 0.0
