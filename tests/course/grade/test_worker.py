"""Honest notebooks: right answers get full marks, whatever happened to the notebook around them."""

import json
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from course.grade.standin import HOUR_7, NAMES
from course.grade.strangers import ATTEND, IMPORTS, RIGHT, SMALL, Graded, grade, task
from labkit.course.grade.keeper.worker import Worker

ROOT = Path(__file__).parents[3]
IDS, STUBS = HOUR_7, NAMES


def code(path: str) -> list[str]:
    cells = json.loads((ROOT / path).read_text())["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


SOLVED, BLANK = code("solutions/07_transformer.ipynb"), code("notebooks/07_transformer.ipynb")
ANSWERS = [cell for cell in SOLVED if "@exercise(" in cell]
OPEN = [cell for cell in BLANK if "@exercise(" in cell]
NOISE = """
import sys, warnings
import matplotlib.pyplot as plt
name = input("Your name? ")
print("hello", name); print("careful", file=sys.stderr)
warnings.warn("deprecated")
plt.plot([1, 2]); plt.show()
display("x"); get_ipython().run_line_magic("matplotlib", "inline")
hint(); score("transformer.attend")
"""
MAGIC = """%matplotlib inline
!pip install something
import math
files = !ls
attend?
?attend
%timeit 1 + 1
if math:
    %cd ..
"""
MANGLED = {
    "as it is": SOLVED,
    "the answers alone": ANSWERS,
    "turned round": SOLVED[::-1],
    "everything twice": SOLVED + SOLVED,
    "stubs copied below": SOLVED + OPEN,
    "stubs copied above": OPEN + ANSWERS,
    "one large cell": ["\n\n".join([IMPORTS, *ANSWERS])],
    "split at every definition": [part for cell in ANSWERS for part in ("import torch", cell, "print('done')")],
    "without the cell of imports": [cell for cell in SOLVED if "labkit.course.desk.exercise" not in cell],
    "without decorators": [cell.replace("@exercise(", "# @exercise(") for cell in ANSWERS],
    "under another name": [
        "from labkit.course.desk.exercise import exercise as ex\n" + cell.replace("@exercise(", "@ex(")
        for cell in ANSWERS
    ],
    "from the module": [
        "import labkit.course.desk.exercise as e\n" + cell.replace("@exercise(", "@e.exercise(") for cell in ANSWERS
    ],
    "handed in by a call": [cell.replace("@exercise(", "# @") + f"\nexercise('{id}')({name})"
                            for cell, (id, name) in zip(ANSWERS, STUBS.items(), strict=True)],
    "timed": ["%%time\n" + cell for cell in ANSWERS],
    "magics around": [MAGIC, *[MAGIC + cell + "\n%time" for cell in ANSWERS]],
    "other languages": ["%%bash\nrm -rf x; echo 'it''s", "%%html\n<b>", "%%javascript\nlet x = 'a'", *ANSWERS],
    "noise": [NOISE, *[NOISE + cell + NOISE for cell in ANSWERS]],
    "errors around": ["1 / 0", "def (", "raise SystemExit", *ANSWERS, "undefined", "'open", "\x00", "exit()"],
    "an error before the answer": ["1 / 0\n" + cell for cell in ANSWERS],
    "an import that is not there": ["import no_such_library\n" + cell for cell in ANSWERS],
    "a number typed in": ["steps = int(input('how many?'))\n" + cell for cell in ANSWERS],
    "indented as a whole": [textwrap.indent(cell, "    ") for cell in ANSWERS],
    "pasted with prompts": ["\n".join((">>> " if i == 0 else "... ") + line for i, line in enumerate(cell.split("\n")))
                            for cell in ANSWERS],
    "await at the top": ["async def one():\n    return 1\n\nONE = await one()\n" + cell for cell in ANSWERS],
    "from the future": ["from __future__ import annotations",
                        *[cell.replace("query, key", "query: Later, key") for cell in ANSWERS]],
    "a default dtype": ["torch.set_default_dtype(torch.float64)\n" + ANSWERS[0], *ANSWERS[1:]],
    "timed by the line": ["%time PI = 3.14\n" + cell + "\nassert PI" for cell in ANSWERS],
    "a comment below the decorator": [cell.replace(")\ndef", ")\n# mine\ndef") for cell in ANSWERS],
    "an id by name": [cell.replace('@exercise("', '@exercise(id="') for cell in ANSWERS],
    "in an if": ["if True:\n" + textwrap.indent(cell.strip("\n"), "    ") for cell in ANSWERS],
    "an error after the answer": [cell + "\n1 / 0" for cell in ANSWERS],
    "windows line ends": [cell.replace("\n", "\r\n") for cell in ANSWERS],
    "a star": ["from math import *\nfrom torch import *\nimport torch", *ANSWERS],
}  # fmt: skip


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    with Worker(SMALL) as made:
        yield made


def status(graded: Graded) -> str:
    return graded.attempts[ATTEND].status


def full(graded: Graded) -> bool:
    return bool(graded.reports) and all(report.passed for report in graded.reports.values())


@pytest.mark.parametrize("name", MANGLED)
def test_full_marks(worker: Worker, name: str):
    graded = grade(worker, task(*MANGLED[name], ids=IDS, names=STUBS))
    assert {id: attempt.reason for id, attempt in graded.attempts.items()} == dict.fromkeys(IDS, "")
    assert full(graded)
    assert len(graded.reports) == len(IDS)


def test_a_fresh_notebook_is_not_attempted(worker: Worker):
    graded = grade(worker, task(*BLANK, ids=IDS))
    assert {attempt.status for attempt in graded.attempts.values()} == {"not attempted"}
    assert {attempt.status for attempt in worker.run(task(ids=IDS)).values()} == {"missing"}


def test_what_an_exercise_needs_is_run_and_training_is_not(worker: Worker):
    helper = "def root(x):\n    return power(x, HALF)"
    power = "import operator\nsides = [1, 2]\nHALF = operator.truediv(*sides)\nprint('NEEDED')"
    below = "def power(x, exponent):\n    return x ** exponent"
    training = "print('TRAINED')\nimport time\nmodel = time.sleep(100)"
    answer = RIGHT.replace("query.shape[-1] ** 0.5", "root(query.shape[-1])")
    graded = grade(worker, task(IMPORTS, training, helper, answer, power, below))
    assert full(graded)
    assert "NEEDED" in graded.said
    assert "TRAINED" not in graded.said


def test_the_last_definition_counts(worker: Worker):
    wrong = RIGHT.replace("softmax(-1)", "softmax(-2)")
    assert full(grade(worker, task(IMPORTS, wrong, RIGHT)))
    assert not full(grade(worker, task(IMPORTS, RIGHT, wrong)))
    assert full(grade(worker, task(IMPORTS, RIGHT, wrong.replace("return", "return ("))))


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        (RIGHT.replace("query @", "query @@"), "There is a syntax error in line 4 of its cell: invalid syntax."),
        ("\n1 / 0" + RIGHT.replace("def attend", "@nobody\ndef attend"),
         "Its cell stopped in line 2 with ZeroDivisionError: division by zero."),
        ("exercise('transformer.attend')(3)", "This is an object of type int, and should be a function or class."),
    ],
)  # fmt: skip
def test_an_error_costs_its_own_cell_and_says_where(worker: Worker, cell: str, reason: str):
    waves = next(answer for answer in ANSWERS if "transformer.positions" in answer)
    graded = grade(worker, task(IMPORTS, cell, waves, ids=(ATTEND, "transformer.positions")))
    assert (status(graded), graded.attempts[ATTEND].reason) == ("failed", reason)
    assert full(graded)


def test_an_error_in_the_answer_is_told_with_the_learners_line(worker: Worker):
    outcomes = worker.run(task(IMPORTS, RIGHT.replace("scores.softmax", "socres.softmax")))[ATTEND].outcomes
    assert (outcomes[0].problem.kind, outcomes[0].problem.line) == ("NameError", 6)
    assert "socres" in outcomes[0].problem.code
    assert outcomes[8].problem is None


def test_what_another_exercise_would_lend(worker: Worker):
    """A right answer that rests on a wrong one: labkit's own may take its place, and only that one's."""
    wrong = RIGHT.replace("softmax(-1)", "softmax(-2)")
    heads = next(answer for answer in ANSWERS if "multi_head" in answer)
    own = task(IMPORTS, wrong, heads, ids=("transformer.multi_head",))
    lent = task(IMPORTS, wrong, heads, ids=("transformer.multi_head",), lent=(ATTEND,))
    assert not full(grade(worker, own))
    assert full(grade(worker, lent))
    stolen = "import labkit.nn.attention as a\nexercise('transformer.multi_head')(lambda *x: a.multi_head_attend(*x))"
    assert not grade(worker, task(IMPORTS, stolen, ids=("transformer.multi_head",), lent=(ATTEND,))).points


def test_what_else_would_be_an_answer_can_be_hidden(worker: Worker):
    cell = """
from labkit.nn.positions import Rotary
@exercise("transformer.positions")
def table(length, width):
    hands = Rotary(width, length)
    return torch.stack([hands.sin, hands.cos], -1).flatten(1)
"""
    ids = ("transformer.positions",)
    assert full(grade(worker, task(IMPORTS, cell, ids=ids)))
    assert grade(worker, task(IMPORTS, cell, ids=ids, hidden=("labkit.nn.positions:Rotary",))).points == 0


def test_the_same_for_all(worker: Worker):
    """The same cases, the same outcome. How long it takes is asked by `make bench`."""
    given = task(*SOLVED, ids=IDS)
    first, second = worker.run(given), worker.run(given)
    for id in IDS:
        for one, other in zip(first[id].outcomes, second[id].outcomes, strict=True):
            assert {k: v.values.tobytes() for k, v in one.results.items()} == {
                k: v.values.tobytes() for k, v in other.results.items()
            }
