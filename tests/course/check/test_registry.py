"""Where exercises are found, and what each must say of itself."""

import importlib

import pytest

from labkit.course.check.registry import UnknownExerciseError, all_exercises, find
from labkit.course.check.spec import Misconception


def test_an_unknown_id_names_the_nearest():
    with pytest.raises(UnknownExerciseError, match=r"did you mean 'transformer\.attend'"):
        find("transformer.atend")
    with pytest.raises(UnknownExerciseError, match=r"there are training\."):
        find("zzz")


def test_a_misconception_needs_words_that_help():
    def silent():
        """One line only."""

    with pytest.raises(ValueError, match="silent needs a docstring"):
        Misconception.of(silent)


def test_an_exercise_is_called_what_its_module_is_called(monkeypatch: pytest.MonkeyPatch):
    module = importlib.import_module("labkit.course.exercises.transformer.attend")
    monkeypatch.setattr(module, "EXERCISE", find("transformer.positions"))
    all_exercises.cache_clear()
    with pytest.raises(ValueError, match=r"calls itself 'transformer\.positions'"):
        all_exercises()
    monkeypatch.undo()
    all_exercises.cache_clear()
