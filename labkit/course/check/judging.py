"""Comparing what an answer did with what the reference did. Sees plain outcomes only, never the answer."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labkit.course.check.leaves import Leaf
from labkit.course.check.running import Outcome
from labkit.course.check.spec import Case, Exercise

ORDER = ("error", "shape", "values", "dtype", "gradients", "inputs")  # what is told first
WRONG = ORDER[:3]  # what makes the values of a case wrong
RESULTS = "the results"
EXACT = {"float64", "complex128"}
DIGITS = (4, 7, 16)


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
    if not any(difference.aspect in WRONG for difference in found):
        for name, gradient in expected.gradients.items():
            found += _in_gradient(exercise, name, got.gradients.get(name, Leaf("None")), gradient)
    for name, value in expected.inputs.items():
        came = got.inputs.get(name, Leaf("None"))
        if not same(came, value, 0.0):
            found.append(Difference("inputs", name, *told_apart(value, came)))
    return sorted(found, key=lambda difference: ORDER.index(difference.aspect))


def _in_results(exercise: Exercise, got: dict[str, Leaf], expected: dict[str, Leaf]) -> list[Difference]:
    names = dict(zip(expected, exercise.returns, strict=False))
    if set(got) != set(expected):
        return [_in_structure(exercise.returns, got, expected)]
    found = []
    for path, leaf in expected.items():
        found += _in_leaf(names.get(path, path), got[path], leaf, exercise.tolerance)
    return found


def _in_structure(names: Sequence[str], got: dict[str, Leaf], expected: dict[str, Leaf]) -> Difference:
    """Results that come in another number, or one of them nested: as the learner handed them back."""
    came, wanted = _outermost(got), _outermost(expected)
    if list(wanted) == [""]:
        name = names[0] if names else RESULTS
        return Difference("shape", name, _kind(expected[""]), f"{len(came)} results in a tuple or list")
    if set(came) != set(wanted):
        several = f"{len(wanted)} results ({', '.join(names)})"
        one = list(came) == [""]
        return Difference("shape", RESULTS, several, "one result, " + brief(got[""]) if one else f"{len(came)} results")
    place, name = next((p, n) for p, n in zip(wanted, names, strict=False) if set(came[p]) != set(wanted[p]))
    return Difference("shape", name, _nested(wanted[place]), _nested(came[place]))


def _outermost(leaves: dict[str, Leaf]) -> dict[str, dict[str, Leaf]]:
    """The leaves by the result that they belong to, "[0]" and so on; "" for a single result."""
    found: dict[str, dict[str, Leaf]] = {}
    for path, leaf in leaves.items():
        top = path[: path.index("]") + 1] if path else ""
        found.setdefault(top, {})[path[len(top) :]] = leaf
    return found


def _nested(leaves: dict[str, Leaf]) -> str:
    return _kind(leaves[""]) if "" in leaves else f"a tuple or list of {len(_outermost(leaves))}"


def _in_leaf(name: str, got: Leaf, expected: Leaf, tolerance: float) -> list[Difference]:
    scalar = expected.kind == "number" and got.values is not None and got.values.ndim == 0 and got.kind != "text"
    if got.kind != expected.kind and not scalar:
        return [Difference("shape", name, _kind(expected), _kind(got))]
    if got.values is None or expected.values is None:
        return [] if same(got, expected, tolerance) else [Difference("shape", name, _kind(expected), _kind(got))]
    if got.values.shape != expected.values.shape:
        return [Difference("shape", name, shape_of(expected), shape_of(got))]
    found = []
    if not same(got, expected, tolerance):
        note = _where(got.values, expected.values, _allowed(got, expected, tolerance))
        found.append(Difference("values", name, *told_apart(expected, got), note))
    if got.dtype != expected.dtype and not scalar:
        found.append(Difference("dtype", name, expected.dtype, got.dtype))
    return found


def _in_gradient(exercise: Exercise, name: str, got: Leaf, expected: Leaf) -> list[Difference]:
    if same(got, expected, exercise.tolerance * 10):
        return []
    note = (
        "" if got.kind != "None" else "No gradient reaches it: does the calculation leave torch, or detach, on the way?"
    )
    return [Difference("gradients", name, *told_apart(expected, got), note)]


def same(got: Leaf, expected: Leaf, tolerance: float) -> bool:
    """Whether two results agree: NaN equals NaN, and the tolerance is far smaller in float64."""
    if got.values is None or expected.values is None:
        return got.values is expected.values and got.kind == expected.kind
    if got.values.shape != expected.values.shape:
        return False
    if not {got.values.dtype.kind, expected.values.dtype.kind} <= set("biufc"):
        return bool(np.array_equal(got.values, expected.values))
    allowed = _allowed(got, expected, tolerance)
    return bool(np.allclose(got.values, expected.values, rtol=allowed, atol=allowed, equal_nan=True))


def _allowed(got: Leaf, expected: Leaf, tolerance: float) -> float:
    """Far less where both are exact: a result in float32 is judged as such, and its dtype by itself."""
    return tolerance / 100_000 if {got.dtype, expected.dtype} <= EXACT else tolerance


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


def told_apart(expected: Leaf, got: Leaf) -> tuple[str, str]:
    """Both in brief, with as many digits as it takes to see a difference."""
    for digits in DIGITS:
        pair = brief(expected, digits), brief(got, digits)
        if pair[0] != pair[1]:
            return pair
    return brief(expected), brief(got)


def brief(leaf: Leaf, digits: int = DIGITS[0]) -> str:
    """The values where they are few, else the shape and the first of them."""
    if leaf.values is None or leaf.kind == "text":
        return _kind(leaf) if leaf.kind != "text" else repr(str(leaf.values))[:200]
    if leaf.values.size <= 16:
        return text_of(leaf.values, digits)
    return f"{shape_of(leaf)}, beginning {text_of(leaf.values.reshape(-1)[:6], digits)}"


def text_of(values: np.ndarray | np.generic, digits: int = DIGITS[0]) -> str:
    """An array on one line, each number with four significant digits."""
    plain = {"float_kind": lambda value: f"{value + 0.0:.{digits}g}"}
    text = np.array2string(np.asarray(values), separator=", ", max_line_width=100, formatter=plain)
    return " ".join(text.split())
