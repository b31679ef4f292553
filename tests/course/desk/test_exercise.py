import json
import re
import subprocess
import sys

import pytest
import torch

from labkit.course.check.registry import UnknownExerciseError
from labkit.course.desk import exercise as module
from labkit.course.desk.exercise import SESSION, Session, exercise, hint, score, standing
from labkit.course.desk.progress import done
from labkit.course.exercises.transformer.positions import EXERCISE as POSITIONS

ID = "transformer.positions"


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path) -> Session:
    """A kernel just started, with a store of its own."""
    monkeypatch.setattr(module, "SESSION", Session())
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path))
    monkeypatch.delenv("LABKIT_PROGRESS", raising=False)
    return module.SESSION


def right(length, width):
    pairs = torch.arange(0, width, 2, dtype=torch.float64) / width
    angles = torch.arange(length)[:, None] * 10_000**-pairs
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1).float()


def wrong(length, width):
    return POSITIONS.misconceptions[0].implementation(length, width)


def test_a_right_answer_is_handed_back(capsys: pytest.CaptureFixture):
    assert exercise(ID)(right) is right
    out = capsys.readouterr().out
    assert "right, 3 of 3 points" in out
    assert "in its place" not in out


def test_a_wrong_answer_is_replaced_visibly(capsys: pytest.CaptureFixture):
    assert exercise(ID)(wrong) is POSITIONS.answer
    out = capsys.readouterr().out
    assert POSITIONS.misconceptions[0].message in out
    assert "What follows uses labkit's own `sinusoidal` in its place." in out


def test_a_stub_is_replaced_visibly(capsys: pytest.CaptureFixture):
    @exercise(ID)
    def sinusoidal(length, width):
        """Clock hands."""
        # YOUR CODE HERE
        raise NotImplementedError()

    assert sinusoidal is POSITIONS.answer
    out = capsys.readouterr().out
    assert "not attempted yet" in out
    assert "Write `sinusoidal`" in out
    assert "in its place" in out


def test_an_unknown_id_is_the_authors_slip():
    with pytest.raises(UnknownExerciseError):
        exercise("transformer.position")


def test_hints_come_one_by_one_and_end(capsys: pytest.CaptureFixture):
    hint()
    assert "Run the cell of an exercise first" in capsys.readouterr().out
    exercise(ID)(wrong)
    capsys.readouterr()
    for i, words in enumerate(POSITIONS.hints):
        hint()
        out = capsys.readouterr().out
        assert words in out
        assert f"hint {i + 1} of 3" in out
        assert not any(other in out for other in POSITIONS.hints[i + 1 :])
    hint(ID)
    assert "There are no more hints" in capsys.readouterr().out
    hint("transformer.attend")
    assert "hint 1 of" in capsys.readouterr().out


def test_the_score_is_a_plain_number_as_text():
    assert repr(score(ID)) == "0.0"
    assert score(ID) == 0
    exercise(ID)(right)
    bundle = score(ID)._repr_mimebundle_()
    assert float(bundle["text/plain"]) == 3
    assert "3 of 3 points" in bundle["text/html"]
    exercise(ID)(wrong)
    assert score(ID) == 0.75
    assert float(score(ID)._repr_mimebundle_()["text/plain"]) == 0.75


def test_the_score_takes_fresh_cases(monkeypatch: pytest.MonkeyPatch):
    seeds = []
    check = module.check
    monkeypatch.setattr(
        module, "check", lambda asked, answer, seed, device: seeds.append(seed) or check(asked, answer, seed)
    )
    exercise(ID)(right)
    score(ID)
    score(ID)
    assert len(set(seeds)) == 3


def test_attempts_hints_and_success_are_noted():
    @exercise(ID)
    def stub(length, width): ...

    assert done()[ID].attempts == 0
    assert done()[ID].passed_at is None
    exercise(ID)(wrong)
    hint()
    assert (done()[ID].attempts, done()[ID].hints, done()[ID].points) == (1, 1, 0.75)
    exercise(ID)(right)
    exercise(ID)(wrong)
    kept = done()[ID]
    assert (kept.attempts, kept.points) == (3, 3.0)
    assert kept.first_at <= kept.passed_at <= kept.last_at


def test_standing_lists_the_hour():
    exercise(ID)(right)
    text = str(standing(7))
    assert "3 of 16 points" in text
    assert re.search(r"Sinusoidal positions +passed +3 of 3", text)
    assert re.search(r"Several heads +not attempted +0 of 3", text)
    assert "Several heads" not in str(standing(8))


def test_the_last_definition_counts():
    exercise(ID)(right)
    exercise(ID)(wrong)
    assert module.SESSION.answers[ID] is wrong
    assert not module.SESSION.reports[ID].passed
    assert SESSION is not module.SESSION


def test_without_ipython_feedback_is_plain_text():
    code = """
import sys, json
from labkit.course.desk.exercise import exercise
exercise("transformer.positions")(lambda length, width: 5)
print(json.dumps("IPython" in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    *text, loaded = done.stdout.strip().split("\n")
    assert json.loads(loaded) is False
    assert text[0].startswith("✗ Sinusoidal positions")
    assert "<div" not in done.stdout
    assert done.stderr == ""


def test_labkits_own_is_not_an_answer(capsys: pytest.CaptureFixture):
    """Called, or handed in as it is: the same words as in grading."""
    for answer in (lambda length, width: POSITIONS.answer(length, width), POSITIONS.answer):
        exercise(ID)(answer)
        assert "labkit's own implementation. That is not an answer" in capsys.readouterr().out
        assert score(ID) == 0
