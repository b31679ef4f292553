"""What crosses between child and grader about answers: what a right one needs, and nothing else."""

import random

import numpy as np
import pytest
import torch

from labkit.course.check.leaves import Leaf, leaves_of
from labkit.course.check.problems import Problem
from labkit.course.check.running import Outcome
from labkit.course.grade.wire.channel import ChannelError, Reader, write
from labkit.course.grade.wire.outcomes import read_outcomes, write_outcomes


def through(outcomes: list[Outcome], limit: int = 10**6) -> list[Outcome]:
    documents, arrays = write_outcomes(outcomes, limit)
    (frame,) = Reader(10**7).feed(write(documents, arrays))
    return read_outcomes(frame.document, frame, len(outcomes))


def test_outcomes_come_back_as_they_were():
    value = (torch.ones(2, dtype=torch.bfloat16), np.float32(2), 3, True, "text", None, {"a": [1.5, 1j]}, torch.eye(2))
    one = Outcome(leaves_of(value), {"x": Leaf("None")}, leaves_of(torch.zeros(2)), None, "printed")
    two = Outcome(problem=Problem("ValueError", "no", 3, "raise ValueError('no')"))
    back = through([one, two])
    assert back[1] == two
    assert set(back[0].results) == set(one.results)
    for path, leaf in one.results.items():
        other = back[0].results[path]
        assert (other.kind, other.dtype) == (leaf.kind, leaf.dtype)
        np.testing.assert_array_equal(other.values, leaf.values)
    assert (back[0].gradients, back[0].printed) == (one.gradients, "printed")


def test_no_leaf_passes_for_a_tensor_without_values():
    for kind in ("tensor", "array", "number", "text"):
        (back,) = through([Outcome({"": Leaf(kind)})])
        assert back.results[""].kind not in ("tensor", "array", "number", "text")
    assert through([Outcome(leaves_of(10**30))])[0].results[""].values is None


def test_what_is_too_large_is_said_in_its_place():
    good, large, many = (Outcome(leaves_of(value)) for value in (1.0, np.zeros(2000), [[0] * 60] * 60))
    back = through([good, large, many], limit=1000)
    assert [outcome.problem and outcome.problem.kind for outcome in back] == [None, "TooLarge", "TooLarge"]


LEAF = {"kind": "tensor", "dtype": "float32", "array": 0}
PLAIN = {"results": {}, "gradients": {}, "inputs": {}, "problem": None, "printed": ""}
FORGED = [
    None,
    [],
    [PLAIN, PLAIN],
    [PLAIN | {"more": 1}],
    [PLAIN | {"printed": None}],
    [PLAIN | {"results": []}],
    [PLAIN | {"results": {"": {"kind": "tensor"}}}],
    [PLAIN | {"results": {"": LEAF | {"array": 1}}}],
    [PLAIN | {"results": {"": LEAF | {"array": -1}}}],
    [PLAIN | {"results": {"": LEAF | {"array": True}}}],
    [PLAIN | {"results": {"": LEAF | {"dtype": 3}}}],
    [PLAIN | {"results": {"": LEAF | {"kind": "text"}}}],
    [PLAIN | {"results": {"": {"kind": 3}}}],
    [PLAIN | {"results": {str(i): LEAF for i in range(600)}}],
    [PLAIN | {"problem": ["ValueError", "no", 3]}],
    [PLAIN | {"problem": ["ValueError", "no", "3", ""]}],
    [PLAIN | {"problem": {}}],
]


@pytest.mark.parametrize("documents", FORGED, ids=str)
def test_forged_outcomes_are_refused(documents: object):
    (frame,) = Reader(10**6).feed(write(documents, [np.zeros(1, np.float32)]))
    with pytest.raises(ChannelError):
        read_outcomes(frame.document, frame, 1)


def test_text_can_be_shown_and_stored():
    told = PLAIN | {"printed": "a\x1b[31m\ud800\x00b\n" * 1000, "problem": ["No Name!", "\u202egnp", -3, ""]}
    (frame,) = Reader(10**6).feed(write([told], []))
    (outcome,) = read_outcomes(frame.document, frame, 1)
    assert outcome.printed.encode("utf-8")
    assert not set("\x1b\x00\ud800\u202e") & set(outcome.printed + outcome.problem.message)
    assert len(outcome.printed) == 2000
    assert (outcome.problem.kind, outcome.problem.line) == ("Exception", 0)


def test_noise_raises_nothing_else():
    draw = random.Random(0)
    whole = write(*write_outcomes([Outcome(leaves_of(torch.ones(3)))], 1000))
    for _ in range(2000):
        data = bytearray(whole)
        for _ in range(draw.randint(1, 4)):
            data[draw.randrange(len(data))] = draw.randrange(256)
        try:
            for frame in Reader(5000).feed(bytes(data)):
                read_outcomes(frame.document, frame, 1)
        except ChannelError:
            pass
