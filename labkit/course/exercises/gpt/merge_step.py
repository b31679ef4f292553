"""Exercise: one step of byte-pair encoding."""

from collections import Counter
from itertools import pairwise

import torch

from labkit.course.check.spec import Case, Exercise, Misconception, Property
from labkit.course.exercises.gpt.merge_step_slips import SLIPS


def _case(name: str, row: list[int], new: int, tests: str = "values") -> Case:
    return Case(name, {"tokens": torch.tensor(row), "new": new}, tests)


def _random(draw: torch.Generator, size: int) -> list[int]:
    """A row of four tokens in which one pair, of two different tokens, is more frequent than all others."""
    letters = (torch.randperm(80, generator=draw)[:4] + 10).tolist()
    while True:
        row = [letters[i] for i in torch.randint(0, 4, (size,), generator=draw)]
        (best, most), (_, second) = Counter(pairwise(row)).most_common(2)
        if most > second and best[0] != best[1]:
            return row


def cases(seed: int, device: torch.device) -> list[Case]:
    """A pair alone, in the middle, at the end; pairs equally frequent; runs of one token."""
    draw = torch.Generator().manual_seed(seed)
    a, b, c, d, e, f = sorted((torch.randperm(80, generator=draw)[:6] + 10).tolist())
    new = int(torch.randint(100, 200, (), generator=draw))
    return [
        _case("two tokens", [a, b], new),
        _case("a pair three times", [c, a, d, c, a, e, c, a, b], new),
        _case("a pair at the end", [b, f, a, e, b, f], new),
        _case("a pair and its mirror image", [a, b, a, b, a, c, f, d, c, f, e, c, f], new),
        _case("a row of thirty", _random(draw, 30), new),
        _case("a row of sixty", _random(draw, 60), new),
        _case("three pairs equally frequent", [d, c, e, f, a, b, d, c, a, b, e, f], new, "ties"),
        _case("every pair once", [b, a, d, c], new, "ties"),
        _case("three equal tokens", [a, a, a], new, "overlap"),
        _case("runs of one token", [a, a, a, b, a, a, a], new, "overlap"),
        _case("four in a row, and a pair twice", [f, f, f, f, a, b, c, a, b], new, "overlap"),
    ]


EXERCISE = Exercise(
    id="gpt.merge_step",
    title="One merge of byte-pair encoding",
    hour=8,
    position=1,
    minutes=6,
    difficulty=1,
    reference="labkit.transformers.bpe_training:merge_step",
    hidden=("labkit.transformers.bpe_training:merge", "labkit.transformers.bpe_training:learn_merges"),
    returns=("pair", "merged"),
    cases=cases,
    properties=(
        Property("shape", "a pair, and a row of the right length", 0.5, "shape"),
        Property("values", "the most frequent pair is found, and merged wherever it stands", 1.25),
        Property("ties", "of equally frequent pairs, the smallest is taken", 0.5),
        Property("overlap", "runs of one token are counted and merged right", 0.5),
        Property("inputs", "the row is left as it was", 0.25, "inputs"),
    ),
    hints=(
        "Two jobs: find the pair, then write the new row. For both it is easiest to work on a plain list: "
        "`tokens.tolist()`.",
        "The pairs are the row zipped with itself, shifted by one. `collections.Counter` counts them. For the winner "
        "you want the largest count and, among equals, the smallest pair: Python compares tuples from left to right, "
        "so one key can hold both.",
        "For the new row, walk along with an index in a `while` loop: where the pair begins, write `new` and go on by "
        "two; else copy one token and go on by one. Mind the last token, which no pair begins with.",
        "Both results are tensors of whole numbers: `torch.tensor(list(pair))` and `torch.tensor(row)`.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
)
