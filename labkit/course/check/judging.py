"""Comparing what an answer did with what the reference did. Sees plain outcomes only, never the answer."""

from dataclasses import dataclass

import numpy as np

from labkit.course.check.running import Leaf, Outcome
from labkit.course.check.spec import Case, Exercise

ORDER = ("error", "shape", "dtype", "values", "gradients", "inputs")  # what is told first
RESULTS = "the results"
EXACT = {"float64", "complex128"}


@dataclass(frozen=True)
class Difference:
    """One way in which an outcome is not the expected one."""

    aspect: str  # one of ORDER
    what: str  # which result, gradient or input
    expected: str
    got: str
    note: str = ""

    @property
    def single(self) -> bool:
        """Whether this is about one named result, not about all that came back."""
        return self.what not in ("", RESULTS)


def differences(exercise: Exercise, case: Case, got: Outcome, expected: Outcome) -> list[Difference]:
    """All differences on a case, the ones to look at first in front."""
    if got.problem is not None:
        return [Difference("error", "", "", "", got.problem.sentence())]
    found = _in_results(exercise, got.results, expected.results)
    if not found:
        for name, gradient in expected.gradients.items():
            found += _in_gradient(exercise, name, got.gradients.get(name, Leaf("None")), gradient)
        for name, value in expected.inputs.items():
            if not same(got.inputs.get(name, Leaf("None")), value, 0.0):
                found.append(Difference("inputs", name, brief(value), brief(got.inputs.get(name, Leaf("None")))))
    return sorted(found, key=lambda difference: ORDER.index(difference.aspect))


def _in_results(exercise: Exercise, got: dict[str, Leaf], expected: dict[str, Leaf]) -> list[Difference]:
    names = dict(zip(expected, exercise.returns, strict=False))
    if set(got) != set(expected):
        wanted = f"{len(expected)} results ({', '.join(names.values())})" if len(expected) > 1 else "one result"
        came = "one result, " + brief(next(iter(got.values()))) if len(got) == 1 else f"{len(got)} results"
        return [Difference("shape", RESULTS, wanted, came)]
    found = []
    for path, leaf in expected.items():
        found += _in_leaf(names.get(path, path), got[path], leaf, exercise.tolerance)
    return found


def _in_leaf(name: str, got: Leaf, expected: Leaf, tolerance: float) -> list[Difference]:
    scalar = expected.kind == "number" and got.values is not None and got.values.ndim == 0 and got.kind != "text"
    if got.kind != expected.kind and not scalar:
        return [Difference("shape", name, _kind(expected), _kind(got))]
    if got.values is None or expected.values is None:
        return [] if same(got, expected, tolerance) else [Difference("shape", name, _kind(expected), _kind(got))]
    if got.values.shape != expected.values.shape:
        return [Difference("shape", name, shape_of(expected), shape_of(got))]
    found = []
    if got.dtype != expected.dtype and not scalar:
        found.append(Difference("dtype", name, expected.dtype, got.dtype))
    if not same(got, expected, tolerance):
        note = _where(got.values, expected.values, tolerance)
        found.append(Difference("values", name, brief(expected), brief(got), note))
    return found


def _in_gradient(exercise: Exercise, name: str, got: Leaf, expected: Leaf) -> list[Difference]:
    if same(got, expected, exercise.tolerance * 10):
        return []
    note = (
        "" if got.kind != "None" else "No gradient reaches it: does the calculation leave torch, or detach, on the way?"
    )
    return [Difference("gradients", name, brief(expected), brief(got), note)]


def same(got: Leaf, expected: Leaf, tolerance: float) -> bool:
    """Whether two results agree: NaN equals NaN, and the tolerance is far smaller in float64."""
    if got.values is None or expected.values is None:
        return got.values is expected.values and got.kind == expected.kind
    if got.values.shape != expected.values.shape:
        return False
    if not {got.values.dtype.kind, expected.values.dtype.kind} <= set("biufc"):
        return bool(np.array_equal(got.values, expected.values))
    allowed = tolerance / 100_000 if expected.dtype in EXACT else tolerance
    return bool(np.allclose(got.values, expected.values, rtol=allowed, atol=allowed, equal_nan=True))


def _where(got: np.ndarray, expected: np.ndarray, tolerance: float) -> str:
    if got.ndim == 0 or got.dtype.kind not in "biufc":
        return ""
    if np.isnan(got).any() and not np.isnan(expected).any():
        return f"{int(np.isnan(got).sum())} of {got.size} values are NaN, not a number."
    wrong = ~np.isclose(got, expected, rtol=tolerance, atol=tolerance, equal_nan=True)
    if not wrong.any() or got.size <= 1:
        return ""
    first = tuple(int(i) for i in np.argwhere(wrong)[0])
    place = ", ".join(str(i) for i in first)
    values = f"{text_of(expected[first])} expected, {text_of(got[first])} found"
    return f"{int(wrong.sum())} of {got.size} values differ, the first at [{place}]: {values}."


def shape_of(leaf: Leaf) -> str:
    """The shape in words, such as "shape (2, 3)"."""
    return "a single value" if leaf.values is None or leaf.values.ndim == 0 else f"shape {tuple(leaf.values.shape)}"


def _kind(leaf: Leaf) -> str:
    names = {
        "tensor": "a tensor",
        "array": "a NumPy array",
        "number": "a Python number",
        "text": "text",
        "None": "nothing (None)",
    }
    shape = f" of {shape_of(leaf)}" if leaf.kind in ("tensor", "array") else ""
    return names.get(leaf.kind, f"an object of type {leaf.kind}") + shape


def brief(leaf: Leaf) -> str:
    """The values where they are few, else the shape and the first of them."""
    if leaf.values is None or leaf.kind == "text":
        return _kind(leaf) if leaf.kind != "text" else repr(str(leaf.values))[:200]
    if leaf.values.size <= 16:
        return text_of(leaf.values)
    return f"{shape_of(leaf)}, beginning {text_of(leaf.values.reshape(-1)[:6])}"


def text_of(values: np.ndarray | np.generic) -> str:
    """An array on one line, with four digits."""
    text = np.array2string(np.asarray(values), precision=4, suppress_small=True, separator=", ", max_line_width=100)
    return " ".join(text.split())
