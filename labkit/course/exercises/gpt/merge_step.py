"""Exercise: one step of byte-pair encoding."""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

import torch

from labkit.course.check.authoring import Draw, cases, exercise
from labkit.course.check.spec import Case, Property
from labkit.transformers.bpe_training import merge_step


def _letters(draw: Draw) -> list[int]:
    """Six tokens in ascending order, of one to four digits, so that they sort differently as text and as numbers."""
    bounds = ((2, 10), (11, 40), (41, 99), (100, 256), (256, 999), (1100, 2000))
    return [int(torch.randint(low, high, (), generator=draw.generator)) for low, high in bounds]


def _random(draw: Draw, size: int) -> list[int]:
    """A row of four tokens in which one pair, of two different tokens, is more frequent than all others."""
    letters = (torch.randperm(80, generator=draw.generator)[:4] + 10).tolist()
    while True:
        row = [letters[i] for i in torch.randint(0, 4, (size,), generator=draw.generator)]
        (best, most), (_, second) = Counter(pairwise(row)).most_common(2)
        if most > second and best[0] != best[1]:
            return row


def _rows(draw: Draw) -> Iterator[tuple[str, list[int], str]]:
    a, b, c, d, e, f = _letters(draw)
    yield "two tokens", [a, b], "values"
    yield "a pair three times", [c, a, d, c, a, e, c, a, b], "values"
    yield "a pair at the end", [b, f, a, e, b, f], "values"
    yield "a pair and its mirror image", [a, b, a, b, a, c, f, d, c, f, e, c, f], "values"
    yield "tokens whose digits end alike", [a, b, d, a, b, e, 10 + a, b, c, 10 + a, f, a, b], "values"
    yield "a row of thirty", _random(draw, 30), "values"
    yield "a row of sixty", _random(draw, 60), "values"
    yield "three pairs equally frequent", [d, c, e, f, a, b, d, c, a, b, e, f], "ties"
    yield "two pairs with the same first token", [c, f, a, c, f, e, c, b, d, c, b], "ties"
    yield "every pair once", [f, c, b, a, d, e], "ties"
    yield "large tokens, every pair once", [e, d, e - 1, f, d - 1], "ties"
    yield "a large second token, every pair once", [a + 1, c, a, f], "ties"
    yield "three equal tokens", [a, a, a], "overlap"
    yield "runs of one token", [a, a, a, b, a, a, a], "overlap"
    yield "four in a row, and a pair twice", [f, f, f, f, a, b, c, a, b], "overlap"


@cases()
def made(draw: Draw) -> Iterator[Case]:
    """A pair alone, in the middle, at the end; equally frequent pairs; runs of one token; one to four digits."""
    new = int(torch.randint(2000, 3000, (), generator=draw.generator))
    for name, row, tests in _rows(draw):
        yield Case(name, {"tokens": torch.tensor(row), "new": new}, tests)


EXERCISE = exercise(
    __name__,
    merge_step,
    made,
    [
        Property("shape", "a pair, and a row of the right length", 0.5, "shape"),
        Property("values", "the most frequent pair is found, and merged wherever it occurs", 1.25),
        Property("ties", "of equally frequent pairs, the smallest is taken", 0.5),
        Property("overlap", "runs of one token are counted and merged right", 0.5),
    ],
    title="One merge of byte-pair encoding",
    minutes=8,
    difficulty=2,
    hidden=("labkit.transformers.bpe_training:merge", "labkit.transformers.bpe_training:learn_merges"),
    returns=("pair", "merged"),
    hints=(
        "There are two tasks: find the pair, then write the new row. Both are easiest on a plain list: "
        "`tokens.tolist()`.",
        "The pairs are the row zipped with itself, shifted by one: `itertools.pairwise(row)`. `collections.Counter` "
        "counts them. You want the largest count and, among equal counts, the smallest pair. Python compares tuples "
        "from left to right, so one key can express both.",
        "For the new row, move along with an index in a `while` loop. Where the pair begins, write `new` and move on "
        "by two; otherwise copy one token and move on by one. Mind the last token: no pair begins there.",
        "Both results are tensors of whole numbers: `torch.tensor(list(pair))` and `torch.tensor(row)`.",
    ),
)
