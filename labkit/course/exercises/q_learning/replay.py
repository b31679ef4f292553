"""Exercise: a replay memory of fixed size, as a ring."""

import torch

from labkit.course.check.spec import Case, Exercise, Misconception, Property
from labkit.course.exercises.q_learning.replay_slips import SLIPS


def _case(name: str, capacity: int, sizes: tuple[int, ...], draw: torch.Generator, tests: str = "values") -> Case:
    """Batches of these sizes, with no two rows alike; a number for the middle of every slot, and random ones."""
    count = sum(sizes)
    rows = torch.rand(count, 2, generator=draw) + torch.arange(1, count + 1)[:, None]
    slots = min(count, capacity)
    middles = (torch.arange(slots, dtype=torch.float64) + 0.5) / slots
    uniform = torch.cat([middles, torch.rand(3, generator=draw, dtype=torch.float64)])
    args = {"batches": list(rows.split(sizes)), "uniform": uniform}
    return Case(name, args, tests, init={"capacity": capacity, "width": 2})


def cases(seed: int, device: torch.device) -> list[Case]:
    """Not full, just full, more than full; batches that cross the end, or are larger than the whole; the edges."""
    draw = torch.Generator().manual_seed(seed)
    edges = _case("numbers at the edges", 4, (3,), draw, "edges")
    edges.args["uniform"] = torch.tensor([0.0, 1 - 2**-53, 1 / 3 - 1e-9, 1 / 3 + 1e-9], dtype=torch.float64)
    if device.type == "mps":
        edges.args["uniform"] = torch.tensor([0.0, 0.99, 0.3, 0.35])
    return [
        _case("one row", 3, (1,), draw),
        _case("two batches, and room left", 8, (2, 3), draw),
        _case("just full", 5, (3, 2), draw),
        _case("one row too many", 3, (3, 1), draw, "full"),
        _case("row by row, twice around", 3, (1,) * 7, draw, "full"),
        _case("a batch that crosses the end", 5, (3, 4), draw, "crossing"),
        _case("many batches that cross it", 5, (3, 3, 3, 3), draw, "crossing"),
        _case("a batch as large as the memory", 4, (1, 4), draw, "crossing"),
        _case("a batch larger than the memory", 3, (1, 8), draw, "larger"),
        edges,
    ]


EXERCISE = Exercise(
    id="q_learning.replay",
    title="The replay memory",
    hour=18,
    position=3,
    minutes=7,
    difficulty=2,
    reference="labkit.rl.replay:Ring",
    hidden=("labkit.rl.replay:ReplayBuffer",),
    returns=("rows", "how many"),
    cases=cases,
    properties=(
        Property("shape", "as many rows as numbers, and how many there were to choose from", 0.25, "shape"),
        Property("values", "what was added can be drawn, and nothing else", 1.0),
        Property("full", "when it is full, the oldest make room", 1.0),
        Property("crossing", "a batch goes on at the front where the memory ends", 1.0),
        Property("larger", "of a batch larger than the memory the last rows stay", 0.25),
        Property("edges", "every stored row has the same chance, the first and the last too", 0.5),
        Property("inputs", "the batches are left as they were", 0.25, "inputs"),
    ),
    hints=(
        "Number the rows from 0 in the order in which they come, over the whole life of the memory. Row 0 goes to "
        "slot 0. With a capacity of 5, where does row 5 go, and where row 12? Which operator says this?",
        "`add` gets several rows at once. Make the list of their slots with `torch.arange`, from the number of the "
        "first to the number after the last, and bring it into the range of the slots. Then one assignment stores "
        "all of them.",
        "`sample` gets numbers in [0, 1). Stretch them to the rows that are really there, not to the capacity, and "
        "round down: `.long()` does so for positive numbers.",
        "If a batch is larger than the memory, some of its rows get the same slot. Keep the last `capacity` rows of "
        "it, and mind that their numbers are the last ones, too.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
)
