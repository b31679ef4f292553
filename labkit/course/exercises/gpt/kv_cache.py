"""Exercise, a bug hunt: attention with a cache of keys and values, whose causal mask is aligned with the wrong end."""

from collections.abc import Iterator

import torch

from labkit.course.check.authoring import Draw, cases, exercise
from labkit.course.check.spec import Case, Property
from labkit.transformers.cached_attention import attend_cached


def _case(draw: Draw, name: str, new: tuple[int, ...], past: int, tests: str = "values") -> Case:
    """`new` is the shape of query, key and value; `past` the number of positions in the cache, 0 for no cache."""

    def random(size: int) -> torch.Tensor:
        return draw(*new[:-2], size, new[-1])

    args = {name: random(new[-2]) for name in ("query", "key", "value")}
    args |= {name: random(past) if past else None for name in ("past_key", "past_value")}
    return Case(name, args, tests)


@cases("query", "key", "value")
def made(draw: Draw) -> Iterator[Case]:
    """Without a past; one new position, and several, after a long past and a short one; heads; float64."""
    yield _case(draw, "the first token", (1, 1, 2), 0, "beginning")
    yield _case(draw, "three tokens to begin with", (1, 3, 2), 0, "beginning")
    yield _case(draw, "two rows with three heads to begin with", (2, 3, 4, 2), 0, "beginning")
    yield _case(draw, "a second token", (1, 1, 2), 1)
    yield _case(draw, "one token after three", (1, 1, 3), 3)
    yield _case(draw, "two rows with three heads, one token after five", (2, 3, 1, 2), 5)
    yield draw.exact(_case(draw, "float64", (2, 1, 4), 3))
    yield _case(draw, "two tokens after one", (1, 2, 2), 1, "several")
    yield _case(draw, "three tokens after two", (2, 3, 4), 2, "several")
    yield _case(draw, "heads, two tokens after four", (2, 2, 2, 3), 4, "several")


EXERCISE = exercise(
    __name__,
    attend_cached,
    made,
    [
        Property("shape", "three results of the right shapes", 0.5, "shape"),
        Property("beginning", "without a past it is causal attention", 0.25),
        Property("values", "one new token sees all of the past, and itself", 1.25),
        Property("several", "of several new tokens, each sees the past, itself and nothing later", 0.5),
        Property("inputs", "nothing that came in is changed", 0.25, "inputs"),
    ],
    title="Bug hunt: attention with a cache",
    minutes=6,
    difficulty=2,
    bug_hunt=True,
    returns=("read", "keys", "values"),
    hints=(
        "Joining the past with the new keys and values is right, and so is what is returned. Which keys may each new "
        "position see? Write them down for one new token after three old ones.",
        "`is_causal=True` makes a mask of n rows and s + n columns that is True at (i, j) where j is at most i. But "
        "new position i is position s + i of the text, and may see s + i + 1 keys.",
        "Build the mask yourself and pass it as `attn_mask`, True where a query may look. Draw it for n = 2 and s = 3: "
        "where does the first row end?",
        "`torch.ones(n, s + n, dtype=torch.bool).tril(d)` keeps everything on or below diagonal d. With s = 0, d is 0, "
        "the plain causal mask. How does d change with s?",
    ),
)
