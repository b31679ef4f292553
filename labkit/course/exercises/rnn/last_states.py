"""Exercise, a bug hunt: what each direction of a bidirectional network ended with, in padded rows."""

from collections.abc import Iterator

import torch

from labkit.course.check.authoring import Draw, cases, exercise, strided
from labkit.course.check.spec import Case, Property
from labkit.rnn.recurrence import last_states


def _case(draw: Draw, name: str, sizes: tuple[int, int, int], lengths: tuple[int, ...], tests: str = "values") -> Case:
    """Random outputs, also behind the end of a row; `sizes` are b, t and h, and outputs are (b, t, 2h)."""
    b, t, h = sizes
    return Case(name, {"outputs": draw(b, t, 2 * h), "lengths": torch.tensor(lengths)}, tests)


@cases("outputs")
def made(draw: Draw) -> Iterator[Case]:
    """Rows without padding, with padding, of one step; float64 and strides."""
    yield _case(draw, "one row without padding", (1, 3, 1), (3,), "full")
    yield _case(draw, "three rows without padding", (3, 4, 2), (4, 4, 4), "full")
    yield _case(draw, "a short row", (1, 4, 1), (2,))
    yield _case(draw, "a row of one step", (2, 3, 2), (1, 3))
    length = int(torch.randint(2, 5, (), generator=draw.generator))
    yield _case(draw, "three lengths", (3, 6, 2), (6, length, 5))
    yield _case(draw, "as many rows as steps", (4, 4, 3), (2, 4, 3, 1))
    yield _case(draw, "no row reaches the last step", (3, 7, 2), (3, 5, 2))
    yield draw.exact(_case(draw, "float64", (2, 5, 3), (4, 2)))
    yield strided(_case(draw, "inputs that are not contiguous", (2, 5, 2), (3, 5)))


EXERCISE = exercise(
    __name__,
    last_states,
    made,
    [
        Property("shape", "one vector of both directions for each row", 0.25, "shape"),
        Property("full", "right for rows without padding", 1.0),
        Property("values", "right for padded rows of any length, float64 and strides", 1.25),
        Property("gradients", "the gradient reaches the right steps", 0.25, "gradients"),
    ],
    title="Bug hunt: the last states of both directions",
    minutes=6,
    difficulty=2,
    returns=("states",),
    bug_hunt=True,
    hints=(
        "Write down for a row of three words, and for each direction, which words the network has read at step 0, and "
        "which at step 2. Do it first without padding.",
        "The forward direction has read everything at the row's last true step. The backward direction starts there. "
        "At which step has it read everything?",
        "The last axis holds the forward half, then the backward half. You need two different steps: slice each half "
        "for itself, and join the two with `torch.cat`.",
        "In the forward half every row needs another step. Indexing with two tensors, one of row numbers and one of "
        "steps, gives one vector for each row. The last step of a row of length 5 is number 4.",
    ),
)
