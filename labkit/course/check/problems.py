"""What went wrong inside an answer, in plain words and with the line of the learner's own code."""

import dis
import inspect
import linecache
import traceback
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any

from labkit.course.check.clock import TimeUp

PLAIN = {
    "NameError": "it uses a name that is not defined there",
    "UnboundLocalError": "it reads a name before giving it a value",
    "AttributeError": "it asks an object for something that it does not have",
    "TypeError": "something was called, or combined, with the wrong kind of object",
    "IndexError": "it reaches for a position that is not there",
    "KeyError": "it looks up a key that is not there",
    "ZeroDivisionError": "it divides by zero",
    "RecursionError": "it calls itself without end",
    "EinopsError": "the pattern does not fit the tensor's shape",
    "RuntimeError": "torch could not do what was asked, most often because shapes do not fit",
    "NotImplementedError": "is there still a `raise NotImplementedError()` to take out?",
}
WAITS = "Does it wait for something, such as `input()` or `sleep`? If not, this machine is busy: run the cell again."
OWN = "It calls labkit's own implementation. That is not an answer: write the calculation yourself."
OUT_OF_REACH = "labkit's own implementation is out of reach while an answer is graded: build on your own"
EMPTY = {"RESUME", "NOP", "CACHE", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST", "POP_TOP"}


@dataclass(frozen=True)
class Problem:
    """An error of the answer: its type, its message, and the learner's line it happened in (0: none of theirs)."""

    kind: str
    message: str
    line: int = 0
    code: str = ""

    @property
    def untouched(self) -> bool:
        """Whether this is the stub's own error: nothing has been written in its place yet."""
        stub = "NotImplementedError" in self.code if self.code else not self.message
        return self.kind == "NotImplementedError" and stub

    def sentence(self) -> str:
        """What happened, for the learner."""
        if self.kind == "TimeUp":
            return f"It did not finish {self.message}. Is there a loop that does not end, or one over single numbers?"
        if self.kind == "WaitedUp":
            return f"It did not finish {self.message} of computing, and waited most of the time. {WAITS}"
        if self.message.startswith(OUT_OF_REACH):
            return OWN
        where = f" in line {self.line}, `{self.code}`" if self.code else ""
        plain = f": {PLAIN[self.kind]}" if self.kind in PLAIN else ""
        says = f" Python says: {self.message}" if self.message else ""
        return f"It stopped with {self.kind}{where}{plain}.{says}"


def explain(error: BaseException, answer: Any, seconds: float) -> Problem:
    """The problem that `error`, raised while `answer` ran, is for the learner."""
    if isinstance(error, TimeUp):
        return Problem("WaitedUp" if error.waited else "TimeUp", f"within {seconds:.1f} seconds")
    try:
        message = str(error)
    except Exception as inner:  # an exception class of the answer whose text cannot be had
        message = f"(a message that cannot be shown: {type(inner).__name__})"
    line, code = _their_line(error, answer)
    return Problem(type(error).__name__, " ".join(message.split())[:300], line, code)


def _their_line(error: BaseException, answer: Any) -> tuple[int, str]:
    files = {code.co_filename for code in _codes(answer)}
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _theirs(frame.filename, files)]
    if not frames:
        return 0, ""
    line = frames[-1].lineno or 0
    return line, linecache.getline(frames[-1].filename, line).strip()


def _theirs(filename: str, files: set[str]) -> bool:
    return filename in files or "ipykernel_" in filename or filename.startswith("<ipython-input")


def _functions(answer: Any) -> list[FunctionType]:
    if inspect.isclass(answer):
        return [unwrapped for member in vars(answer).values() if (unwrapped := _unwrap(member)) is not None]
    unwrapped = _unwrap(answer)
    return [] if unwrapped is None else [unwrapped]


def _unwrap(value: Any) -> FunctionType | None:
    """The plain function behind decorators, static and class methods, if there is one."""
    while not isinstance(value, FunctionType):
        inner = [inspect.getattr_static(value, name, None) for name in ("__wrapped__", "__func__")]
        value = next((found for found in inner if callable(found) or isinstance(found, staticmethod)), None)
        if value is None:
            return None
    return value


def _codes(answer: Any) -> list[CodeType]:
    return [function.__code__ for function in _functions(answer)]


def is_stub(answer: Any) -> bool:
    """Whether every function of the answer is empty: `...`, `pass` or a docstring."""
    codes = _codes(answer)
    return all(_does_nothing(code) for code in codes) if codes else inspect.isclass(answer)


def _does_nothing(code: CodeType) -> bool:
    steps = list(dis.get_instructions(code))
    returned = steps[-1].argval if steps[-1].opname == "RETURN_CONST" else steps[-2].argval
    return all(step.opname in EMPTY for step in steps) and returned is None
