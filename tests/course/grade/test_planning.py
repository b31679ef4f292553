"""What of a notebook is run for one exercise, on cells that are never run here."""

from labkit.course.grade.paper.cells import parse_all
from labkit.course.grade.paper.planning import bound_by, plan

ANSWER = '@exercise("a.b")\ndef answer(x):\n    return x * HALF'


def test_of_several_bindings_that_cost_something_the_last_counts():
    """As in a kernel that has run everything: a name is what it was given last."""
    cells = parse_all(["HALF = float('0.25')", "HALF = float('0.5')", ANSWER])
    made = plan(cells, "a.b", ["answer"])
    assert made.full == {2, 3}
    assert [cell.number for cell in cells if made.statements(cell)] == [2, 3]


def test_what_an_answer_builds_on_is_found_whatever_stands_between():
    """A comment, a keyword, an alias, an if, a cell of its own: none of them hides it."""
    first = [
        '@exercise("a.first")\n# mine\ndef first(x):\n    return x',
        '@exercise(id="a.first")\ndef first(x):\n    return x',
        'ex = exercise\n@ex("a.first")\ndef first(x):\n    return x',
        'if True:\n    @exercise("a.first")\n    def first(x):\n        return x',
        'def first(x):\n    return x\n\nexercise("a.first")(first)',
    ]
    for cell in first:
        cells = parse_all([cell, "helper = first", ANSWER.replace("x * HALF", "helper(x)")])
        assert "first" in bound_by(cells, "a.first"), cell
        assert "first" in plan(cells, "a.b", ["answer"]).needed, cell


def test_what_one_imports_from_the_future_holds_for_all_that_follow():
    typed = "def answer(x: NotThere):\n    return x"
    (before,), (_, after) = parse_all([typed]), parse_all(["from __future__ import annotations", typed])
    assert "NotThere" in before.statements[0].reads
    assert "NotThere" not in after.statements[0].reads


def test_a_cell_of_a_thousand_functions_is_planned_in_no_time():
    import time

    many = "\n".join(f"def f{i}(x):\n    return f{i - 1}(x)" for i in range(1, 1001))
    began = time.process_time()
    plan(parse_all([many, ANSWER.replace("x * HALF", "f1000(x)")]), "a.b", ["answer"])
    assert time.process_time() - began < 5
