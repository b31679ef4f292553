"""Which slip is named, and what counts as not attempted."""

from dataclasses import replace

import numpy as np
import torch

from course.made_up import array_cases, exercise, largest, mean, median
from labkit.course.check.checking import NOT_ATTEMPTED, check
from labkit.course.check.feedback import feedback
from labkit.course.exercises.transformer.attend import EXERCISE as ATTEND

ARRAYS = exercise("mean", ("mean",), array_cases, (median,))
HUNT = replace(exercise("mean", ("mean",), array_cases, (median, largest)), bug_hunt=True)


def test_of_two_slips_at_once_the_first_to_see_to_is_named():
    """Scaled by k, and NaN where a query may look nowhere: the first fails without any mask, so it is named."""

    def twice_wrong(query, key, value, mask=None):
        scores = query @ key.transpose(-2, -1) / query.shape[-1]
        weights = (scores if mask is None else scores.masked_fill(~mask, -torch.inf)).softmax(-1)
        return weights @ value, weights

    assert check(ATTEND, twice_wrong, seed=0).misconception.name == "The scores are divided by k"


def test_in_a_bug_hunt_the_wrong_code_that_is_still_there_is_not_attempted():
    def renamed(numbers):
        return float(np.median(numbers))

    for answer in (median, renamed):
        report = check(HUNT, answer, 0)
        assert report.status == NOT_ATTEMPTED
        assert report.points == 0
        assert "The bug is still in `its_name`." in str(feedback(report, "its_name"))
        assert "raise NotImplementedError" not in str(feedback(report))
    assert check(ARRAYS, median, 0).status == "not yet right", "elsewhere the same code is a slip"
    assert check(HUNT, mean, 0).passed
    other = check(HUNT, largest, 0)
    assert other.status == "not yet right"
    assert other.misconception.name == "The largest value is taken"
