"""Pairs of sequences to translate, generated from a seed: dates to ISO, reversal, sorting.

Axes: n and m pairs, b batch, s and u source positions, t and w target positions.
"""

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import torch
from jaxtyping import Int
from torch import Tensor

from labkit.data.vocabulary import PADDING, Vocabulary

Pair = tuple[list[str], list[str]]

FIRST, LAST = date(1950, 1, 1), date(2049, 12, 31)  # so that two digits of a year are enough to know it
MONTHS = "January February March April May June July August September October November December".split()
WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth twenty-first twenty-second twenty-third twenty-fourth "
    "twenty-fifth twenty-sixth twenty-seventh twenty-eighth twenty-ninth thirtieth thirty-first"
).split()
FORMATS = (  # day-first where only the order of the numbers could tell
    "{day} {month} {year}",
    "{day} {mon} {year}",
    "{day} {mon} '{yy}",
    "{day}-{mon}-{year}",
    "{day}{th} {month} {year}",
    "{day}{th} of {month}, {year}",
    "{month} {day}, {year}",
    "{month} {day}{th}, {year}",
    "{mon} {day} {year}",
    "{mon}. {day}, '{yy}",
    "{year} {month} {day}",
    "{dd}/{mm}/{year}",
    "{dd}/{mm}/{yy}",
    "{day}.{m}.{year}",
    "{dd}.{mm}.{yy}",
    "{year}{mm}{dd}",
    "{weekday}, {day} {month} {year}",
    "{weekday}, {month} {day}, {year}",
    "{wkd} {day} {mon} '{yy}",
    "{weekday} the {day}{th} of {month} {year}",
    "the {ordinal} of {month}, {year}",
    "{month} the {ordinal}, {year}",
    "the {ordinal} day of {month} in the year {year}",
)


@dataclass
class Translation:
    """A task: its vocabularies, what is trained on, and what is not, as matrices of numbers and as tokens."""

    source: Vocabulary
    target: Vocabulary
    train: tuple[Int[Tensor, "n s"], Int[Tensor, "n t"]]
    test: tuple[Int[Tensor, "m u"], Int[Tensor, "m w"]]
    test_pairs: list[Pair]


def tokenize(text: str) -> list[str]:
    """Words in lower case, digits one by one, marks one by one: '7 Mar' gives 7, mar."""
    return re.findall(r"[a-z]+|\d|[^\w\s]", text.lower())


def human_date(day: date, form: str) -> str:
    """A date as people write it: `form` is one of FORMATS."""
    ending = "th" if 10 <= day.day % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(day.day % 10, "th")
    month, weekday = MONTHS[day.month - 1], WEEKDAYS[day.weekday()]
    names = {"month": month, "mon": month[:3], "weekday": weekday, "wkd": weekday[:3], "ordinal": ORDINALS[day.day - 1]}
    numbers = {"day": day.day, "m": day.month, "year": day.year, "th": ending}
    padded = {"dd": f"{day.day:02d}", "mm": f"{day.month:02d}", "yy": f"{day.year % 100:02d}"}
    return form.format(**names, **numbers, **padded)


def dates(train: int, test: int, seed: int = 0, formats: Sequence[str] = FORMATS) -> Translation:
    """Dates in many human formats, and the same dates as ISO 8601: 'the 7th of March, 2026' to '2026-03-07'.

    One day in five is kept out of the training pairs in every format: test pairs are days never seen.
    """
    chooser = random.Random(seed)
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    chooser.shuffle(days)
    cut = len(days) // 5
    return _task(lambda: _date(chooser, days[cut:], formats), lambda: _date(chooser, days[:cut], formats), train, test)


def _date(chooser: random.Random, days: Sequence[date], formats: Sequence[str]) -> Pair:
    day = chooser.choice(days)
    return tokenize(human_date(day, chooser.choice(formats))), list(day.isoformat())


def reversal(train: int, test: int, shortest: int = 2, longest: int = 12, seed: int = 0) -> Translation:
    """Random letters, and the same letters from the last to the first. Lengths are uniform; test pairs are new."""
    return _letters(train, test, shortest, longest, seed, lambda letters: letters[::-1])


def sorting(train: int, test: int, shortest: int = 2, longest: int = 12, seed: int = 0) -> Translation:
    """Random letters, and the same letters in the order of the alphabet. Lengths are uniform; test pairs are new."""
    return _letters(train, test, shortest, longest, seed, sorted)


def _letters(
    train: int, test: int, shortest: int, longest: int, seed: int, translate: Callable[[list[str]], list[str]]
) -> Translation:
    if not 1 <= shortest <= longest:
        raise ValueError(f"lengths run from 1 up: got shortest={shortest}, longest={longest}")
    chooser, seen = random.Random(seed), set()

    def seen_pair() -> Pair:
        letters = chooser.choices("abcdefghijklmnopqrstuvwxyz", k=chooser.randint(shortest, longest))
        seen.add("".join(letters))
        return letters, translate(letters)

    def new_pair() -> Pair:
        for _ in range(1000):
            letters = chooser.choices("abcdefghijklmnopqrstuvwxyz", k=chooser.randint(shortest, longest))
            if "".join(letters) not in seen:
                return letters, translate(letters)
        raise ValueError(f"no letters of length {shortest} to {longest} are left that were not trained on")

    return _task(seen_pair, new_pair, train, test)


def _task(draw_train: Callable[[], Pair], draw_test: Callable[[], Pair], train: int, test: int) -> Translation:
    known = [draw_train() for _ in range(train)]
    unknown = [draw_test() for _ in range(test)]
    source = Vocabulary(token for words, _ in known for token in words)
    target = Vocabulary(token for _, words in known for token in words)

    def matrices(pairs: list[Pair]) -> tuple[Tensor, Tensor]:
        return source.encode([words for words, _ in pairs]), target.encode([words for _, words in pairs])

    return Translation(source, target, matrices(known), matrices(unknown), unknown)


def batches(
    pairs: tuple[Int[Tensor, "n s"], Int[Tensor, "n t"]],
    size: int,
    generator: torch.Generator,
    device: torch.device | str = "cpu",
) -> Iterator[tuple[Int[Tensor, "b s"], Int[Tensor, "b t"]]]:
    """One pass over the pairs in random order, `size` at a time, each batch cut to its longest sequence."""
    for rows in torch.randperm(len(pairs[0]), generator=generator, device=generator.device).split(size):
        yield tuple(_cut(matrix[rows.to(matrix.device)]).to(device) for matrix in pairs)


def _cut(tokens: Int[Tensor, "b t"]) -> Int[Tensor, "b short"]:
    return tokens[:, : int((tokens != PADDING).sum(dim=1).max())]
