"""Exercise: split into heads, attend, merge."""

from collections.abc import Iterator

from labkit.course.check.authoring import Draw, cases, exercise, strided
from labkit.course.check.spec import Case, Property
from labkit.nn.attention import multi_head_attend


def _case(draw: Draw, name: str, b: int, t: int, s: int, width: int, heads: int, mask: tuple[int, ...] = ()) -> Case:
    args = {"query": draw(b, t, width), "key": draw(b, s, width), "value": draw(b, s, width), "heads": heads}
    tests = "one head" if heads == 1 else "mask" if mask else "values"
    return Case(name, {**args, "mask": draw.flags(*mask) if mask else None}, tests)


@cases("query", "key", "value")
def made(draw: Draw) -> Iterator[Case]:
    """One head and several; as many queries as keys and not; masks that broadcast; float64; strides."""
    yield _case(draw, "one head", 1, 2, 3, 2, 1)
    yield _case(draw, "two heads, one position", 1, 1, 1, 4, 2)
    yield _case(draw, "two heads, two queries, three keys", 1, 2, 3, 4, 2)
    yield _case(draw, "three heads, batch of two", 2, 4, 4, 6, 3)
    yield _case(draw, "as many heads as dimensions", 1, 3, 2, 4, 4)
    yield draw.exact(_case(draw, "float64", 1, 2, 5, 6, 2))
    yield strided(_case(draw, "inputs that are not contiguous", 2, 3, 3, 6, 3))
    yield _case(draw, "a mask", 1, 3, 3, 4, 2, (3, 3))
    yield _case(draw, "a padding mask with an axis for the heads", 2, 3, 4, 6, 2, (2, 1, 1, 4))
    yield _case(draw, "a mask for each head", 2, 3, 4, 4, 2, (2, 2, 3, 4))


EXERCISE = exercise(
    __name__,
    multi_head_attend,
    made,
    [
        Property("shape", "the result has the shape of the query", 0.5, "shape"),
        Property("one head", "one head is plain attention", 0.25),
        Property("values", "each head works on its own slice", 1.25),
        Property("mask", "the mask reaches every head", 0.5),
    ],
    title="Several heads",
    minutes=6,
    difficulty=2,
    hidden=("labkit.nn.attention:split_heads", "labkit.nn.attention:merge_heads"),
    returns=("read",),
    hints=(
        "Three steps: give the heads an axis of their own, attend, and place the heads side by side again. `attend` "
        "takes any number of axes in front, so you need no loop over heads.",
        "The split goes from (b, t, d) to (b, h, t, k) with d = h times k. Head 0 gets the first k of the d "
        "dimensions. einops' `rearrange` does this in one pattern; with torch alone it takes a reshape and then a "
        "change of axes.",
        "The merge is the split in reverse. Test the pair alone: merge(split(x)) must be x.",
        "The mask broadcasts to (b, h, t, s), the shape of the weights of all heads, so you can pass it on unchanged.",
    ),
)
