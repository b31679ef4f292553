"""Experience replay: learn from what happened long ago, in random order.

Axes: n rows that come in or go out, c capacity, w width of a row.
"""

from collections.abc import Callable
from typing import Protocol

import torch
from jaxtyping import Float
from torch import Tensor

from labkit.rl.transitions import Transitions


class Memory(Protocol):
    """What a replay buffer needs of the thing it keeps its rows in."""

    def __len__(self) -> int: ...

    def add(self, rows: Float[Tensor, "n w"]) -> None: ...

    def sample(self, uniform: Float[Tensor, " m"]) -> Float[Tensor, "m w"]: ...


class Slots:
    """Room for `capacity` rows of `width` numbers, and how many rows were ever added; a subclass adds and samples.

    Raises ValueError for a capacity below 1.
    """

    def __init__(self, capacity: int, width: int):
        if capacity < 1:
            raise ValueError(f"a memory holds at least one row, not {capacity}")
        self.rows = torch.zeros(capacity, width)
        self.added = 0  # over all time

    def __len__(self) -> int:
        return min(self.added, len(self.rows))

    def __call__(
        self, batches: list[Float[Tensor, "_ w"]], uniform: Float[Tensor, " m"]
    ) -> tuple[Float[Tensor, "m w"], int]:
        """Add batch after batch, then sample: the rows, and how many there were to choose from."""
        for rows in batches:
            self.add(rows)
        return self.sample(uniform), len(self)

    def add(self, rows: Float[Tensor, "n w"]) -> None:
        """Store the rows."""
        raise NotImplementedError("a memory says where its rows go")

    def sample(self, uniform: Float[Tensor, " m"]) -> Float[Tensor, "m w"]:
        """One stored row for each number in [0, 1)."""
        raise NotImplementedError("a memory says which rows it returns")


class Ring(Slots):
    """The newest `capacity` rows of numbers. The memory is taken once; when it is full, the oldest are overwritten.

    Row number i, counted from 0 over all that ever came, lies in slot i mod capacity.
    Lin 1992, https://doi.org/10.1007/BF00992699; Mnih et al. 2015, https://doi.org/10.1038/nature14236
    """

    def add(self, rows: Float[Tensor, "n w"]) -> None:
        """Store copies of the rows, in their order. Of more rows than there is room for, the last stay."""
        if rows.ndim != 2 or rows.shape[1] != self.rows.shape[1]:
            raise ValueError(f"expected rows of width {self.rows.shape[1]}, (n, width), but got {tuple(rows.shape)}")
        if not self.added:
            self.rows = self.rows.to(rows.device)  # it stays where its rows come from
        capacity, end = len(self.rows), self.added + len(rows)
        kept = rows[-capacity:]
        slots = torch.arange(end - len(kept), end, device=self.rows.device) % capacity
        self.rows[slots] = kept.to(self.rows)
        self.added = end

    def sample(self, uniform: Float[Tensor, " m"]) -> Float[Tensor, "m w"]:
        """A copy of one stored row for each number: divides [0, 1) into `len(self)` equal parts; part k means slot k.

        Raises ValueError if there is nothing to choose from.
        """
        if not len(self):
            raise ValueError("nothing has been stored yet: collect first, then sample")
        slots = (uniform * len(self)).long().clamp(max=len(self) - 1)  # rounding may carry a number up to 1
        slots = slots.to(self.rows.device)
        return self.rows[slots]


class ReplayBuffer:
    """Transitions in a memory of fixed size, drawn uniformly. Each is packed into one row of float32 numbers.

    Shapes and types are taken from the first batch that is added. `memory(capacity, width)` makes what the rows are
    kept in. Whole numbers are exact up to 2^24. Mnih et al. 2015, https://doi.org/10.1038/nature14236
    """

    def __init__(self, capacity: int, memory: Callable[[int, int], Memory] = Ring):
        self.capacity, self.make = capacity, memory
        self.memory: Memory | None = None
        self.device = torch.device("cpu")
        self.columns: list[tuple[torch.Size, int, torch.dtype]] = []  # shape of an entry, its width, its type

    def __len__(self) -> int:
        return 0 if self.memory is None else len(self.memory)

    def add(self, batch: Transitions) -> None:
        """Store the transitions. Raises ValueError if their columns are not shaped as those before."""
        columns = list(vars(batch).values())
        if self.memory is None:
            self.columns = [(column.shape[1:], column[:1].numel(), column.dtype) for column in columns if len(column)]
            if not self.columns:
                return
            self.memory = self.make(self.capacity, sum(width for _, width, _ in self.columns))
        if [column.shape[1:] for column in columns] != [shape for shape, _, _ in self.columns]:
            came, known = [tuple(c.shape[1:]) for c in columns], [tuple(shape) for shape, _, _ in self.columns]
            raise ValueError(
                f"the buffer holds columns shaped {known}, but got {came}: one buffer for each environment"
            )
        self.device = batch.reward.device  # where the newest transitions are, and samples will be
        self.memory.add(torch.cat([column.reshape(len(column), -1).float() for column in columns], dim=1))

    def sample(self, size: int, generator: torch.Generator | None = None) -> Transitions:
        """Transitions drawn uniformly, with replacement. Raises ValueError if there are none."""
        if self.memory is None:
            raise ValueError("nothing has been stored yet: collect first, then sample")
        draw_on = torch.device("cpu") if generator is None else generator.device
        rows = self.memory.sample(torch.rand(size, generator=generator, dtype=torch.float64, device=draw_on))
        rows = rows.to(self.device)
        parts = rows.split([width for _, width, _ in self.columns], dim=1)
        described = zip(parts, self.columns, strict=True)
        return Transitions(*(part.reshape(size, *shape).to(dtype) for part, (shape, _, dtype) in described))
