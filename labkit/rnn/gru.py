"""The gated recurrent unit: two gates, and no cell beside the hidden state.

Axes: b batch, h hidden units, g = 3 h: reset gate, update gate and candidate.
"""

from typing import NamedTuple

from jaxtyping import Float
from torch import Tensor

from labkit.rnn.recurrence import Cell, Recurrence, State


class GRUMoment(NamedTuple):
    """One step of a GRU: its state, and what decided about it."""

    hidden: Float[Tensor, "b h"]
    reset: Float[Tensor, "b h"]
    update: Float[Tensor, "b h"]
    candidate: Float[Tensor, "b h"]


class GRUCell(Cell):
    """One step of a GRU."""

    gates, carried = 3, 1

    def step(self, read: Float[Tensor, "b g"], state: State) -> GRUMoment:
        """The next moment. `read` is $W x_t + b_W$, in torch's order: reset, update, candidate."""
        hidden = state[0]
        pressed, candidate = read.split(2 * self.hidden, dim=-1)
        recalled_gates, recalled = self.recurrent(hidden).split(2 * self.hidden, dim=-1)
        reset, update = (pressed + recalled_gates).sigmoid().chunk(2, dim=-1)
        candidate = (candidate + reset * recalled).tanh()
        return GRUMoment(update * hidden + (1 - update) * candidate, reset, update, candidate)


class GRU(Recurrence):
    r"""The gated recurrent unit, in layers and directions: one gate chooses between the old state and a new one.

    $$r = \sigma(W_r x_t + U_r h_{t-1} + b_r), \quad z = \sigma(W_z x_t + U_z h_{t-1} + b_z)$$
    $$g = \tanh(W_g x_t + b_g + r \odot (U_g h_{t-1} + b_g')), \quad h_t = z \odot h_{t-1} + (1 - z) \odot g$$

    As in torch and cuDNN the reset gate works on $U_g h_{t-1} + b_g'$; the published paper has it on $h_{t-1}$, before
    the matrix. Cho et al. 2014, https://arxiv.org/abs/1406.1078
    """

    cell = GRUCell
