"""Whose is a row of another system's table: matched one to one, by the system's own number, a login, or a name.

Any doubt is a line and no mark: two rows of one name, two students of one name, a number that is no number of that
system. Names are compared as Unicode, whatever their letters: composed, case folded, in any order of their words.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from labkit.course.grade.marks.result import Result

WORDS = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Asked:
    """What a row says of its student."""

    numbers: tuple[str, ...] = ()  # by which the system itself knows the student
    logins: tuple[str, ...] = ()  # user names, addresses
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        return next(
            (text for text in (*self.names, *self.logins, *self.numbers) if text.strip()), "a row without a name"
        )


class Directory:
    """The results of a run, to be found by what another system calls their students."""

    def __init__(self, results: Iterable[Result]):
        self.results = list(results)
        self.said: list[str] = []  # doubts
        self.used: set[str] = set()

    def match(self, rows: Sequence[Asked]) -> list[Result | None]:
        """The result for each row, or None; doubts are in `said`."""
        found: list[Result | None] = [None] * len(rows)
        for channel in ("numbers", "logins", "names"):
            theirs, mine = defaultdict(set), defaultdict(list)
            for i, row in enumerate(rows):
                for key in {_key(text, channel) for text in getattr(row, channel)} - {""} if found[i] is None else ():
                    theirs[key].add(i)
            for result in self.results:
                if result.student not in self.used:
                    for key in _keys(result, channel):
                        mine[key].append(result)
            for key in sorted(theirs.keys() & mine.keys()):
                self._pair(theirs[key], mine[key], rows, found)
        return found

    def _pair(self, places: set[int], results: list[Result], rows: Sequence[Asked], found: list[Result | None]) -> None:
        """One row and one result are a pair; more of either are a doubt."""
        if len(places) == 1 and len(results) == 1:
            (place,) = places
            if found[place] is None and results[0].student not in self.used:
                found[place] = results[0]
                self.used.add(results[0].student)
            return
        students = " and ".join(sorted(result.student for result in results))
        who = " and ".join(sorted(str(rows[i]) for i in places))
        self.said.append(f"no mark, for want of certainty: {len(places)} rows ({who}) and the work of {students}")

    def left(self) -> list[str]:
        """The students whom no row has asked for."""
        return sorted({result.student for result in self.results} - self.used)


def _keys(result: Result, channel: str) -> set[str]:
    """By what a result is known. A number counts as one only where the files came with the system's own numbers."""
    name = result.student.removesuffix(f" {result.identity}")
    numbered = name != result.student
    if channel == "numbers":
        return {_key(result.identity, channel)} if numbered else set()
    if channel == "logins":
        return set() if numbered else {_key(result.identity, channel)}
    return {_key(name, channel)} - {""}


def _key(text: str, channel: str) -> str:
    whole = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold()).strip()
    return " ".join(sorted(WORDS.findall(whole))) if channel == "names" else whole
