import ast

import pytest

from labkit.course.desk.syntax import explained
from labkit.course.exercises.transformer.attend import EXERCISE as ATTEND

CELL = '@exercise("transformer.attend")\ndef attend(query, key):\n    return (query\n'


def error_in(cell: str) -> SyntaxError:
    with pytest.raises(SyntaxError) as caught:
        ast.parse(cell)
    return caught.value


def test_an_exercise_that_python_cannot_read_is_told_in_words_and_replaced():
    names: dict = {}
    text = str(explained(CELL, error_in(CELL), names))
    assert "Scaled dot-product attention (transformer.attend): a syntax error" in text
    assert "Python could not read line 3" in text
    assert "labkit's own `attend` in its place" in text
    assert names == {"attend": ATTEND.answer}


def test_other_cells_are_left_to_python():
    assert explained("x = (", error_in("x = ("), {}) is None
    assert explained('@exercise("no.such")\ndef f(:', error_in("def f(:"), {}) is None
