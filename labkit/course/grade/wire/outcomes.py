"""Outcomes as documents: written in the child, read in the grader, which takes nothing but what it can name.

A leaf without values is trusted by the judge to be what its kind says, so no leaf may call itself a tensor and have no
values: neither one that was forged, nor one of a class that a learner called `tensor`.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from labkit.course.check.leaves import Leaf
from labkit.course.check.problems import Problem
from labkit.course.check.running import Outcome, Printed
from labkit.course.grade.wire.channel import ChannelError, Frame

WITH_VALUES = {"tensor": "biufc", "array": "biufc", "number": "biuf", "text": "U"}
LEAVES, PATH, KIND, TEXT = 512, 200, 60, 10_000
MESSAGE = 300
PARTS = ("results", "gradients", "inputs")


def write_outcomes(outcomes: list[Outcome], limit: int) -> tuple[list[dict], list[np.ndarray]]:
    """The documents and arrays of a frame. An outcome that is too large is said to be so, in its place."""
    arrays: list[np.ndarray] = []
    documents = []
    for outcome in outcomes:
        leaves = [leaf for part in PARTS for leaf in getattr(outcome, part).values()]
        size = sum(leaf.values.nbytes for leaf in leaves if leaf.values is not None)
        if len(leaves) > LEAVES or size > limit:
            problem = Problem("TooLarge", f"{len(leaves)} results with {size:,} bytes: more than any right answer has")
            outcome = Outcome(problem=problem)
        parts = {
            part: {path: _document(leaf, arrays) for path, leaf in getattr(outcome, part).items()} for part in PARTS
        }
        problem = outcome.problem
        told = None if problem is None else [problem.kind, problem.message, problem.line, problem.code]
        documents.append(parts | {"problem": told, "printed": outcome.printed})
    return documents, arrays


def _document(leaf: Leaf, arrays: list[np.ndarray]) -> dict:
    values = leaf.values
    if values is None or values.dtype.kind not in WITH_VALUES.get(leaf.kind, ""):
        named = leaf.kind if leaf.kind not in WITH_VALUES else f"{leaf.kind} of an unusual kind"
        return {"kind": named[:KIND]}
    if leaf.kind == "text":
        return {"kind": "text", "text": str(values)}
    if values.dtype in (np.longdouble, np.clongdouble):
        values = values.astype(np.float64 if values.dtype.kind == "f" else np.complex128)
    arrays.append(values)
    return {"kind": leaf.kind, "dtype": leaf.dtype, "array": len(arrays) - 1}


def read_outcomes(documents: Any, frame: Frame, count: int) -> list[Outcome]:
    """The outcomes of `count` cases. Raises ChannelError for anything that is not exactly that."""
    if not isinstance(documents, list) or len(documents) != count:
        raise ChannelError("another number of results than there are cases")
    return [_outcome(document, frame.arrays) for document in documents]


def _outcome(document: Any, arrays: list[np.ndarray]) -> Outcome:
    _has(document, {*PARTS, "problem", "printed"})
    parts = [_leaves(document[part], arrays) for part in PARTS]
    problem = None if document["problem"] is None else _problem(document["problem"])
    return Outcome(*parts, problem, _text(document["printed"], Printed.LIMIT))


def _leaves(document: Any, arrays: list[np.ndarray]) -> dict[str, Leaf]:
    if not isinstance(document, dict) or len(document) > LEAVES:
        raise ChannelError("more results than expected")
    return {_text(path, PATH): _leaf(leaf, arrays) for path, leaf in document.items()}


def _leaf(document: Any, arrays: list[np.ndarray]) -> Leaf:
    kind = _text(document.get("kind"), KIND) if isinstance(document, dict) else ""
    if kind == "text":
        _has(document, {"kind", "text"})
        return Leaf("text", "str", np.array(_text(document["text"], TEXT)))
    if kind not in WITH_VALUES:
        _has(document, {"kind"})
        return Leaf(kind)
    _has(document, {"kind", "dtype", "array"})
    place = document["array"]
    if type(place) is not int or not 0 <= place < len(arrays):
        raise ChannelError("a result without its array")
    if arrays[place].dtype.kind not in WITH_VALUES[kind]:
        raise ChannelError("a result of an unexpected dtype")
    return Leaf(kind, _text(document["dtype"], 20), arrays[place])


def _problem(document: Any) -> Problem:
    if not isinstance(document, list) or len(document) != 4 or type(document[2]) is not int:
        raise ChannelError("a problem that is none")
    kind, message, line, code = document
    name = _text(kind, KIND)
    problem = Problem(name if name.isidentifier() else "Exception", _text(message, MESSAGE), 0, _text(code, MESSAGE))
    return replace(problem, line=line if 0 <= line < 1_000_000 else 0)


def _has(document: Any, keys: set[str]) -> None:
    if not isinstance(document, dict) or set(document) != keys:
        raise ChannelError("a result of another form")


def _text(value: Any, limit: int) -> str:
    """Text that can be shown and stored anywhere: no control characters, no halves of characters."""
    if not isinstance(value, str):
        raise ChannelError("something else where text should be")
    return clean(value[:limit])


def clean(text: str) -> str:
    """The same without control characters (lines and tabs stay) and without what UTF-8 cannot say."""
    return "".join(
        letter if letter in "\n\t" or letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text
    )
