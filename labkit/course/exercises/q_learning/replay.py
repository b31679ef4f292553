"""Exercise: a replay memory of fixed size, as a ring."""

from collections.abc import Iterator

import torch

from labkit.course.check.authoring import Draw, cases, exercise
from labkit.course.check.spec import Case, Property
from labkit.rl.replay import Ring


def _case(draw: Draw, name: str, capacity: int, sizes: tuple[int, ...], tests: str = "values") -> Case:
    """Batches of these sizes, with no two rows alike; a number for the middle of every slot, and random ones."""
    count, one = sum(sizes), draw.generator
    rows = torch.rand(count, 2, generator=one) + torch.arange(1, count + 1)[:, None]
    slots = min(count, capacity)
    middles = (torch.arange(slots, dtype=torch.float64) + 0.5) / slots
    uniform = torch.cat([middles, torch.rand(3, generator=one, dtype=torch.float64)])
    args = {"batches": list(rows.split(sizes)), "uniform": uniform}
    return Case(name, args, tests, init={"capacity": capacity, "width": 2})


@cases()
def made(draw: Draw) -> Iterator[Case]:
    """Not full, just full, more than full; batches that cross the end, or are larger than the whole; the edges."""
    yield _case(draw, "one row", 3, (1,))
    yield _case(draw, "two batches, and room left", 8, (2, 3))
    yield _case(draw, "just full", 5, (3, 2))
    yield _case(draw, "one row too many", 3, (3, 1), "full")
    yield _case(draw, "row by row, twice around", 3, (1,) * 7, "full")
    yield _case(draw, "a batch that crosses the end", 5, (3, 4), "crossing")
    yield _case(draw, "many batches that cross it", 5, (3, 3, 3, 3), "crossing")
    yield _case(draw, "a batch as large as the memory", 4, (1, 4), "crossing")
    yield _case(draw, "a batch larger than the memory", 3, (1, 8), "larger")
    edges = _case(draw, "numbers at the edges", 4, (3,), "edges")
    edges.args["uniform"] = torch.tensor([0.0, 1 - 2**-53, 1 / 3 - 1e-9, 1 / 3 + 1e-9], dtype=torch.float64)
    yield edges


EXERCISE = exercise(
    __name__,
    Ring,
    made,
    [
        Property("shape", "as many rows as numbers, and how many there were to choose from", 0.25, "shape"),
        Property("values", "what was added can be sampled, and nothing else", 1.0),
        Property("full", "when it is full, new rows overwrite the oldest", 1.0),
        Property("crossing", "a batch that reaches the last slot continues at slot 0", 1.0),
        Property("larger", "of a batch larger than the memory the last rows stay", 0.25),
        Property("edges", "every stored row has the same probability, the first and the last too", 0.5),
        Property("inputs", "the batches are left as they were", 0.25, "inputs"),
    ],
    title="The replay memory",
    minutes=8,
    difficulty=2,
    returns=("rows", "how many"),
    hints=(
        "Number the rows from 0 in the order in which they come. Row 0 goes to slot 0. With a capacity of 5, to which "
        "slots do row 5 and row 12 go? Which operator computes that?",
        "`add` gets several rows at once. Compute their numbers with `torch.arange`, from `self.added` on, and turn "
        "numbers into slots. Then one assignment stores all rows.",
        "`sample` gets numbers in [0, 1). Multiply them by the number of stored rows, not by the capacity, and round "
        "down: `.long()` does so for positive numbers.",
        "If a batch is larger than the memory, several of its rows get the same slot. Keep its last `capacity` rows, "
        "with the numbers that belong to them.",
    ),
    hidden=("labkit.rl.replay:ReplayBuffer",),
)
