"""A cell run over time: what Elman's network, the LSTM and the GRU share.

Axes: b batch, t time steps, d width of the input, h hidden units, g gates times hidden units,
n layers times directions.
"""

from typing import ClassVar

import torch
from einops import rearrange
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from labkit.nn.kinds import as_index

State = tuple[Tensor, ...]  # what goes on to the next step: (hidden,), or (hidden, cell) of an LSTM
Moment = tuple[Tensor, ...]  # a named tuple: the state in front, then what decided about it


class Cell(nn.Module):
    """One step of a recurrent network.

    A subclass says in `step` what follows from the input's share and the state: a named tuple of everything that this
    moment is made of, and its first `carried` values, the hidden state in front, are the next state.
    """

    gates: ClassVar[int]  # how many blocks of hidden units both linear maps give
    carried: ClassVar[int]

    def __init__(self, width: int, hidden: int):
        super().__init__()
        self.width, self.hidden = width, hidden
        self.input = nn.Linear(width, self.gates * hidden)
        self.recurrent = nn.Linear(hidden, self.gates * hidden)
        for weight in self.parameters():
            nn.init.uniform_(weight, -(hidden**-0.5), hidden**-0.5)

    def step(self, read: Float[Tensor, "b g"], state: State) -> Moment:
        """The next moment. `read` is the input's share, `self.input(x)`."""
        raise NotImplementedError

    def forward(self, x: Float[Tensor, "b d"], state: State | None = None) -> Moment:
        """The next moment, from zeros where no state is given."""
        return self.step(self.input(x), self.zeros(x) if state is None else state)

    def zeros(self, x: Float[Tensor, "b ..."]) -> State:
        """The state before anything was read."""
        return tuple(x.new_zeros(len(x), self.hidden) for _ in range(self.carried))


class Recurrence(nn.Module):
    """A cell run over a sequence: in several layers, in both directions, to the true end of each row.

    Layer after layer reads the hidden states of the one below, through dropout; where there are two directions, both of
    them side by side. Rows may be padded: with `lengths`, a row's state stands still behind its end, so the forward
    direction ends at its last true step and the backward direction starts there; outputs behind the end are zeros.
    A subclass names its `cell`. Raises ValueError for sizes that make no network.
    """

    cell: ClassVar[type[Cell]]

    def __init__(self, width: int, hidden: int, depth: int = 1, bidirectional: bool = False, dropout: float = 0.0):
        super().__init__()
        if min(width, hidden, depth) < 1:
            raise ValueError(f"width, hidden and depth are at least 1, not {width}, {hidden} and {depth}")
        if not 0 <= dropout < 1:
            raise ValueError(f"dropout is a probability from 0 to below 1, not {dropout}")
        self.width, self.hidden, self.depth, self.directions = width, hidden, depth, 1 + bidirectional
        widths = [width] + [self.directions * hidden] * (depth - 1)
        self.cells = nn.ModuleList(self.cell(wide, hidden) for wide in widths for _ in range(self.directions))
        self.dropout = nn.Dropout(dropout)

    def forward(
        self, x: Float[Tensor, "b t d"], state: State | None = None, lengths: Tensor | None = None
    ) -> tuple[Float[Tensor, "b t out"], State]:
        """The top layer's hidden states at every step, and the final state, a tuple of (n, b, h).

        `state` is such a tuple to start from, zeros where it is left out: layer by layer, and in a layer forward before
        backward. `lengths` holds a whole number for each row. Raises ValueError for shapes that do not fit, and for a
        length of 0 or beyond the sequence.
        """
        state = self._starting(x, state)
        active = None if lengths is None else _active(lengths, x)
        x, last = rearrange(x, "b t d -> t b d"), []
        for layer in range(self.depth):
            sides = []
            for n in range(layer * self.directions, (layer + 1) * self.directions):
                outputs, end = run(self.cells[n], x, tuple(part[n] for part in state), active, n % self.directions == 1)
                sides.append(outputs)
                last.append(end)
            x = torch.cat(sides, dim=-1)
            if layer < self.depth - 1:
                x = self.dropout(x)
        return rearrange(x, "t b h -> b t h"), tuple(torch.stack(parts) for parts in zip(*last, strict=True))

    def _starting(self, x: Tensor, state: State | None) -> State:
        if x.ndim != 3 or x.shape[2] != self.width or x.shape[1] == 0:
            raise ValueError(f"a sequence is (batch, steps, {self.width}) with a step at least, not {(*x.shape,)}")
        wanted = (len(self.cells), len(x), self.hidden)
        if state is None:
            return tuple(x.new_zeros(wanted) for _ in range(self.cell.carried))
        if len(state) != self.cell.carried or any(part.shape != wanted for part in state):
            found = [(*part.shape,) for part in state]
            raise ValueError(f"a state is a tuple of {self.cell.carried} times {wanted}, not {found}")
        return state


def run(
    cell: Cell,
    x: Float[Tensor, "t b d"],
    state: State,
    active: Bool[Tensor, "t b 1"] | None = None,
    backward: bool = False,
) -> tuple[Float[Tensor, "t b h"], State]:
    """One cell over one sequence, forward or backward. Where a row is not `active` its state stands still."""
    read = cell.input(x)  # all steps at once: the input's share does not wait for the past
    outputs: list[Tensor] = [state[0]] * len(x)
    for t in reversed(range(len(x))) if backward else range(len(x)):
        new = cell.step(read[t], state)[: cell.carried]
        if active is None:
            state, outputs[t] = new, new[0]
        else:
            state = tuple(torch.where(active[t], after, before) for after, before in zip(new, state, strict=True))
            outputs[t] = new[0].masked_fill(~active[t], 0.0)
    return torch.stack(outputs), state


def unroll(cell: Cell, x: Float[Tensor, "b t d"], state: State | None = None) -> dict[str, Float[Tensor, "b t h"]]:
    """Everything that one cell goes through: its states and gates by name, at every step."""
    state, moments = cell.zeros(x) if state is None else state, []
    for read in rearrange(cell.input(x), "b t g -> t b g"):
        moments.append(cell.step(read, state))
        state = moments[-1][: cell.carried]
    return {name: torch.stack([getattr(moment, name) for moment in moments], dim=1) for name in moments[0]._fields}


def last_states(outputs: Float[Tensor, "b t both"], lengths: Int[Tensor, " n"]) -> Float[Tensor, "b both"]:
    """What the forward and the backward direction ended with: outputs of the last true step, and of step 0.

    `outputs` holds the forward half and then the backward half, and `lengths` the true number of steps of each row.
    Raises ValueError for a length of 0 or beyond the sequence, and for a width that has no two halves.
    """
    if len(lengths) != len(outputs) or lengths.min() < 1 or lengths.max() > outputs.shape[1] or outputs.shape[2] % 2:
        raise ValueError(f"outputs are (rows, steps, 2 h), not {(*outputs.shape,)}, with lengths {lengths.tolist()}")
    lengths, (forward, backward) = as_index(lengths, "lengths"), outputs.chunk(2, dim=-1)
    rows = torch.arange(len(outputs), device=outputs.device)
    return torch.cat([forward[rows, lengths.to(outputs.device) - 1], backward[:, 0]], dim=-1)


@torch.no_grad()
def copy_weights(ours: Recurrence, peer: nn.RNNBase) -> None:
    """Give `ours` the weights of torch's RNN, LSTM or GRU of the same sizes.

    Raises ValueError for a network of another kind or size.
    """
    asked = (type(ours).cell.gates, ours.width, ours.hidden, ours.depth, ours.directions)
    found = (len(peer.weight_ih_l0) / peer.hidden_size, peer.input_size, peer.hidden_size, peer.num_layers)
    if asked != (*found, 1 + peer.bidirectional) or getattr(peer, "nonlinearity", "tanh") != "tanh":
        raise ValueError(f"{type(peer).__name__} and {type(ours).__name__} differ in kind or size: {peer} and {asked}")
    for n, cell in enumerate(ours.cells):
        end = f"_l{n // ours.directions}" + "_reverse" * (n % ours.directions)
        for layer, name in ((cell.input, "ih"), (cell.recurrent, "hh")):
            layer.weight.copy_(getattr(peer, f"weight_{name}{end}"))
            layer.bias.copy_(getattr(peer, f"bias_{name}{end}") if peer.bias else torch.zeros_like(layer.bias))


def _active(lengths: Int[Tensor, " n"], x: Float[Tensor, "b t d"]) -> Bool[Tensor, "t b 1"]:
    steps = x.shape[1]
    if lengths.shape != (len(x),) or lengths.min() < 1 or lengths.max() > steps:
        raise ValueError(f"lengths are {len(x)} numbers from 1 to {steps}, not {lengths.tolist()}: pack no empty row")
    return (torch.arange(steps, device=x.device)[:, None] < lengths.to(x.device))[:, :, None]
