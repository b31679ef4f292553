"""Worlds of cells that are known in full, so that what is learned can be held against what is true.

Axes: s states (cells, row by row), a actions (up, right, down, left), k outcomes (left of, along, right of the action).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from labkit.nn.kinds import as_index

ACTIONS = ("up", "right", "down", "left")
MOVES = ((-1, 0), (0, 1), (1, 0), (0, -1))
FLOOR, START, GOAL, HOLE, CLIFF, WALL = ".SGHC#"
LETTERS = {
    FLOOR: "floor",
    START: "start",
    GOAL: "goal: the episode ends",
    HOLE: "hole: the episode ends",
    CLIFF: "cliff: back to the start",
    WALL: "wall: one stays where one is",
}


@dataclass(frozen=True)
class GridWorld:
    """What can happen for each state and action: up to three outcomes with probability, next state, reward, and end.

    `map` is one text for each row of cells. Cells in which an agent never stands (walls, cliffs, ends) lead to
    themselves, without reward. `may_stand` says where an agent can be while an episode goes on.
    """

    map: tuple[str, ...]
    probability: Float[Tensor, "s a k"]
    next_state: Int[Tensor, "s a k"]
    outcome_reward: Float[Tensor, "s a k"]
    ends: Bool[Tensor, "s a k"]
    start: Float[Tensor, " s"]  # where an episode begins: a distribution
    may_stand: Bool[Tensor, " s"]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.map), len(self.map[0])

    @property
    def states(self) -> int:
        """How many cells there are."""
        return len(self.start)

    @property
    def reward(self) -> Float[Tensor, "s a"]:
        """The expected reward of an action."""
        return (self.probability * self.outcome_reward).sum(dim=-1)

    @property
    def transition(self) -> Float[Tensor, "s a s"]:
        """P(s' | s, a) for the steps after which the episode goes on: a row may sum to less than one."""
        going_on = self.probability.masked_fill(self.ends, 0.0)
        return torch.zeros(self.states, len(ACTIONS), self.states, dtype=torch.float64).scatter_add(
            2, self.next_state, going_on
        )

    def step(
        self, state: Int[Tensor, " r"], action: Int[Tensor, " r"], generator: torch.Generator | None = None
    ) -> tuple[Int[Tensor, " r"], Float[Tensor, " r"], Bool[Tensor, " r"]]:
        """One step in r copies of the world: next state, reward, and whether the episode terminated."""
        state, action = as_index(state, "states"), as_index(action, "actions")
        outcome = torch.multinomial(self.probability[state, action], 1, generator=generator)[:, 0]
        at = (state, action, outcome)
        return self.next_state[at], self.outcome_reward[at], self.ends[at]

    def begin(self, count: int, generator: torch.Generator | None = None) -> Int[Tensor, " r"]:
        """Where `count` episodes begin."""
        return torch.multinomial(self.start, count, replacement=True, generator=generator)


def grid_world(
    map: Sequence[str], slip: float = 0.0, rewards: Mapping[str, float] | None = None, step_reward: float = -1.0
) -> GridWorld:
    """A world from a picture of letters: S start, G goal, H hole, C cliff, # wall, and . for floor.

    With probability `slip` a step goes off to one side, left and right of it equally often. `rewards` says what a step
    onto a letter brings, `step_reward` what any other step does. Raises ValueError for a picture that is no world.
    """
    _check(map, slip, rewards or {})
    cells, columns = "".join(map), len(map[0])
    start = torch.tensor([float(letter == START) for letter in cells], dtype=torch.float64)
    probability = torch.tensor([slip / 2, 1 - slip, slip / 2], dtype=torch.float64)
    next_state, reward, ends = [], [], []
    for state, letter in enumerate(cells):
        for action, turn in product(range(4), (-1, 0, 1)):
            cell = state if letter not in FLOOR + START else _neighbor(cells, columns, state, (action + turn) % 4)
            onto = cells[cell] if letter in FLOOR + START else FLOOR
            next_state.append(cells.index(START) if onto == CLIFF else cell)
            reward.append((rewards or {}).get(onto, step_reward) if letter in FLOOR + START else 0.0)
            ends.append(onto in GOAL + HOLE)
    shape = (len(cells), 4, 3)
    return GridWorld(
        map=tuple(map),
        probability=probability.expand(shape).contiguous(),
        next_state=torch.tensor(next_state).view(shape),
        outcome_reward=torch.tensor(reward, dtype=torch.float64).view(shape),
        ends=torch.tensor(ends).view(shape),
        start=start / start.sum(),
        may_stand=torch.tensor([letter in FLOOR + START for letter in cells]),
    )


def _neighbor(cells: str, columns: int, state: int, action: int) -> int:
    """The cell that a step leads to; the same one where a wall or the border is in the way."""
    row, column = divmod(state, columns)
    row, column = row + MOVES[action][0], column + MOVES[action][1]
    inside = 0 <= row < len(cells) // columns and 0 <= column < columns
    return row * columns + column if inside and cells[row * columns + column] != WALL else state


def _check(map: Sequence[str], slip: float, rewards: Mapping[str, float]) -> None:
    if not map or len({len(row) for row in map}) != 1 or not map[0]:
        raise ValueError(f"a map has rows of one length, not of {[len(row) for row in map]}: fill up with '#'")
    strange = set("".join(map)) | set(rewards)
    if strange - set(LETTERS):
        raise ValueError(f"a map is made of {LETTERS}, not of {sorted(strange - set(LETTERS))}")
    starts = "".join(map).count(START)
    if not starts or (starts > 1 and CLIFF in "".join(map)):
        raise ValueError(f"a map has a start 'S', and exactly one where there is a cliff, but this one has {starts}")
    if not 0 <= slip <= 1:
        raise ValueError(f"slip is a probability, between 0 and 1, not {slip}")


def cliff_walking(slip: float = 0.0) -> GridWorld:
    """Along a cliff to the goal: -1 for each step, -100 and back to the start for a fall. The same as Gymnasium's.

    Sutton and Barto 2018, example 6.6, http://incompleteideas.net/book/the-book-2nd.html
    """
    return grid_world(["............"] * 3 + ["SCCCCCCCCCCG"], slip, {CLIFF: -100.0})


def frozen_lake(slip: float = 2 / 3) -> GridWorld:
    """Over ice with holes: 1 for the goal, nothing for all else. Gymnasium's 4 by 4 lake, with actions in our order."""
    return grid_world(["S...", ".H.H", "...H", "H..G"], slip, {GOAL: 1.0}, step_reward=0.0)
