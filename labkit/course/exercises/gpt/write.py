"""Exercise: sampling a text, token by token."""

from collections.abc import Iterator

import torch

from labkit.course.check.authoring import Draw, cases, exercise
from labkit.course.check.spec import Case, Property
from labkit.transformers.sampling import top_p, write_from_table


def _clear(table: torch.Tensor, temperature: float, p: float, draws: torch.Tensor) -> bool:
    """Whether rounding decides nothing: no sum comes close to a draw or, where something is dropped, to p."""
    sums = (table / temperature).softmax(dim=-1).sort(descending=True).values.cumsum(dim=-1)[:, :-1]
    kept = top_p(table / temperature, p).softmax(dim=-1).cumsum(dim=-1)
    far = p == 1 or bool((sums - p).abs().min() > 1e-3)
    return far and bool((kept[..., None] - draws).abs().min() > 1e-4)


def _case(draw: Draw, name: str, sizes: tuple[int, int], temperature: float, p: float, tests: str = "values") -> Case:
    """A table of v tokens and n draws, sizes = (v, n)."""
    v, n = sizes
    while True:
        table, draws = draw(v, v) * 1.5, torch.rand(n, generator=draw.generator) * 0.98
        if _clear(table, temperature, p, draws):
            break
    first = int(torch.randint(0, v, (), generator=draw.generator))
    return Case(name, {"table": table, "first": first, "temperature": temperature, "p": p, "draws": draws}, tests)


@cases()
def made(draw: Draw) -> Iterator[Case]:
    """One draw and many; the temperature alone, top-p alone, both."""
    yield _case(draw, "one draw", (3, 1), 1.0, 1.0, "draw")
    yield _case(draw, "six draws", (4, 6), 1.0, 1.0, "draw")
    yield _case(draw, "a low temperature", (5, 12), 0.4, 1.0, "temperature")
    yield _case(draw, "a high temperature", (4, 12), 2.5, 1.0, "temperature")
    yield _case(draw, "top-p", (6, 20), 1.0, 0.6, "top-p")
    yield _case(draw, "low temperature and top-p", (7, 20), 0.6, 0.7)
    yield _case(draw, "high temperature and top-p", (8, 30), 3.0, 0.6)


EXERCISE = exercise(
    __name__,
    write_from_table,
    made,
    [
        Property("shape", "the first token, and one for each draw", 0.25, "shape"),
        Property("draw", "each draw chooses the next token from the row of the last one", 1.0),
        Property("temperature", "the temperature divides the logits", 0.5),
        Property("top-p", "top-p filters the logits", 0.5),
        Property("values", "both together, the temperature first", 0.5),
    ],
    title="Writing a text",
    minutes=6,
    difficulty=2,
    returns=("text",),
    hidden=("labkit.transformers.sampling:generate", "labkit.transformers.sampling:draw"),
    hints=(
        "Keep the text in a list that begins with `first`. For each draw, the logits of the next token are the row of "
        "the table that belongs to the last token of the list.",
        "Divide the logits by the temperature, give them to your `top_p`, and take the softmax. Now you have the "
        "probabilities of all tokens.",
        "Add the probabilities up with `cumsum`. How many of these sums are not larger than the draw? That many tokens "
        "lie before the one that you want.",
    ),
)
