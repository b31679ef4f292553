import numpy as np
import pytest
import torch

from labkit.course.desk.figures import rows, text


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.906349, "0.9063"),
        (123.456, "123.5"),
        (12345.67, "12,346"),
        (-1234.5, "-1,234"),
        (12345678.9, "1.23e+07"),
        (0.00001234, "1.23e-05"),
        (0.0, "0"),
        (float("nan"), "nan"),
        (1234567, "1,234,567"),
        (True, "yes"),
        (torch.tensor(2.5), "2.5"),
        (np.float32(0.5), "0.5"),
        ("held", "held"),
        ([0.5, 1], "0.5, 1"),
        (torch.arange(10), "0, 1, 2, 3, 4, 5, 6, 7, 8, 9"),
        (torch.arange(11), "0, 1, 2, 3, …, 7, 8, 9, 10 (11 values)"),
    ],
)
def test_a_figure_has_the_digits_that_matter(value, words: str):
    assert text(value) == words


def test_figures_within_figures_are_named_by_both():
    assert list(rows({"accuracy": {"GCN": 0.5, 2: 1}, "steps": 3})) == [
        ("accuracy, GCN", "0.5"),
        ("accuracy, 2", "1"),
        ("steps", "3"),
    ]
