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


def test_a_claim_that_holds_shows_its_figures_in_a_table(capsys: pytest.CaptureFixture):
    claim("Heads help", True, {"one head: loss in nats": 0.123456, "four": torch.tensor(2.5), "steps": 12000})
    assert capsys.readouterr().out.split("\n") == [
        "✓ Heads help",
        "  Measured                Value",
        "  one head: loss in nats  0.1235",
        "  four                    2.5",
        "  steps                   12,000",
        "",
    ]
    claim("It is so", torch.tensor(True))
    assert capsys.readouterr().out == "✓ It is so\n"
    claim("It is so", True, "as seen")
    assert capsys.readouterr().out == "✓ It is so\n  as seen\n"


def test_a_claim_that_fails_raises_with_text_and_figures(capsys: pytest.CaptureFixture):
    with pytest.raises(ClaimError, match=r"Heads help \(one 1; four 0\.5\)"):
        claim("Heads help", 0.5 > 1, {"one": 1, "four": 0.5})
    assert capsys.readouterr().out.startswith("✗ Not so: Heads help")
    assert issubclass(ClaimError, AssertionError)
    with pytest.raises(ClaimError, match=r"Heads help \(as seen\)"):
        claim("Heads help", False, "as seen")


@pytest.mark.parametrize(("profile", "measured"), [("quick", False), ("standard", True)])
def test_a_claim_for_the_standard_profile_is_measured_there_only(
    profile: str, measured: bool, capsys: pytest.CaptureFixture
):
    begin(7, profile)
    capsys.readouterr()
    claim("Heads help", True, {"one": 1}, only_in="standard")
    out = capsys.readouterr().out
    assert out.startswith("✓ Heads help") is measured
    assert ("Not measured in the quick profile: Heads help" in out) is not measured
    if measured:
        with pytest.raises(ClaimError):
            claim("Heads help", False, only_in="standard")
    else:
        claim("Heads help", False, only_in="standard")
    with pytest.raises(ClaimError):
        claim("Heads help", False, only_in=profile)


@pytest.mark.parametrize(("profile", "said"), [("quick", True), ("standard", False)])
def test_a_short_run_says_that_it_is_one(profile: str, said: bool, capsys: pytest.CaptureFixture):
    begin(7, profile)
    out = capsys.readouterr().out
    assert ("This is a short run" in out) is said
    assert ("Below each result stands the same result of the standard run" in out) is said
    begin(99, profile)
    assert (
        "The results of the standard run, which the text describes, are not installed here" in capsys.readouterr().out
    ) is said


def test_the_score_so_far_is_that_of_the_hour(capsys: pytest.CaptureFixture):
    begin(7)
    capsys.readouterr()
    score_so_far()
    assert "Teacher forcing" in capsys.readouterr().out
    begin(8)
    score_so_far()
    assert "Teacher forcing" not in capsys.readouterr().out
