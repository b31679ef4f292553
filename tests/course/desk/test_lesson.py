import random
import re
import sys
import types

import matplotlib as mpl
import numpy as np
import pytest
import torch

from labkit.course.desk.lesson import ClaimError, begin, claim, score_so_far


@pytest.fixture(autouse=True)
def plain_pictures(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("LABKIT_PROFILE", raising=False)
    with mpl.rc_context():
        yield


def test_begin_seeds_and_says_on_what_it_runs(capsys: pytest.CaptureFixture):
    lesson = begin(7, seed=3)
    drawn = torch.rand(2).tolist(), np.random.rand(2).tolist(), random.random()
    assert (lesson.hour, lesson.profile, lesson.seed) == (7, "standard", 3)
    assert lesson.device == torch.device("cuda" if torch.cuda.is_available() else "cpu")
    assert re.fullmatch(r"Running on .+ in the standard profile\.\n", capsys.readouterr().out)
    begin(7, seed=3)
    assert drawn == (torch.rand(2).tolist(), np.random.rand(2).tolist(), random.random())


def test_the_profile_is_papermills_then_the_environments(monkeypatch: pytest.MonkeyPatch):
    assert begin(7, "quick").pick(standard=100, quick=1) == 1
    monkeypatch.setenv("LABKIT_PROFILE", "quick")
    assert begin(7).pick(standard=100, quick=1) == 1
    assert begin(7, "standard").pick(standard=100, quick=1) == 100
    with pytest.raises(ValueError, match="'standard' or 'quick'"):
        begin(7, "fast")


def test_colab_shows_third_party_widgets(monkeypatch: pytest.MonkeyPatch):
    asked = []
    output = types.SimpleNamespace(enable_custom_widget_manager=lambda: asked.append(True))
    colab = types.SimpleNamespace(output=output)
    monkeypatch.setitem(sys.modules, "google", types.SimpleNamespace(colab=colab))
    monkeypatch.setitem(sys.modules, "google.colab", colab)
    begin(7)
    assert asked == [True]


def test_a_claim_that_holds_shows_its_figures(capsys: pytest.CaptureFixture):
    claim("Heads help", True, {"one": 0.123456, "four": torch.tensor(2.5), "steps": 12000})
    assert capsys.readouterr().out == "✓ Heads help\n  one 0.1235, four 2.5, steps 12,000\n"
    claim("It is so", torch.tensor(True))
    assert capsys.readouterr().out == "✓ It is so\n"


def test_a_claim_that_fails_raises_with_text_and_figures(capsys: pytest.CaptureFixture):
    with pytest.raises(ClaimError, match=r"Heads help \(one 1, four 0\.5\)"):
        claim("Heads help", 0.5 > 1, {"one": 1, "four": 0.5})
    assert capsys.readouterr().out.startswith("✗ Not so: Heads help")
    assert issubclass(ClaimError, AssertionError)
    with pytest.raises(ClaimError, match=r"Heads help \(as seen\)"):
        claim("Heads help", False, "as seen")


def test_the_score_so_far_is_that_of_the_hour(capsys: pytest.CaptureFixture):
    begin(7)
    capsys.readouterr()
    score_so_far()
    assert "Teacher forcing" in capsys.readouterr().out
    begin(8)
    score_so_far()
    assert "Teacher forcing" not in capsys.readouterr().out
