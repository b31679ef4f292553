"""What every explorer has to pass, in Chromium without Jupyter: looks, axe, late numbers, its goal."""

import json

import pytest

from helpers.browser import keep, overlaps
from show.kit.page import frame, model, said, show, show_without, unguarded, violations
from show.registry import EXPLORERS, LOOKS

pytestmark = pytest.mark.browser

TEXTS = ".lk-tabs button, .lk-title, .lk-slider, .lk-legend, .lk-goal, th, td, .lk-say"
INSIDE = """(right => [...document.querySelectorAll('.lk-explorer canvas')]
  .every(canvas => canvas.getBoundingClientRect().right <= right))(
    document.querySelector('.lk-explorer').getBoundingClientRect().right)"""
every = pytest.mark.parametrize("name", EXPLORERS)


@pytest.mark.parametrize("name", LOOKS)
@pytest.mark.parametrize(("width", "scheme"), [(600, "light"), (1100, "dark")])
def test_looks(page, name, width, scheme, artifacts):
    page.set_viewport_size({"width": width + 32, "height": 900})
    page.emulate_media(color_scheme=scheme)
    show(page, LOOKS[name]())
    frame(page)
    keep(page, artifacts / f"{name}-{width}-{scheme}.png")
    assert page.locator(".lk-explorer[data-dark]").count() == (scheme == "dark")
    assert overlaps(page, TEXTS) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(INSIDE), "a canvas reaches out of the explorer"
    assert violations(page) == []
    assert unguarded(page) == 0
    assert len(said(page)) > 20, "there is a sentence for screen readers"


@every
def test_the_goal_is_not_reached_before_it_is_found(page, name):
    made = EXPLORERS[name].make()
    show(page, made)
    assert page.inner_text(".lk-goal") == f"Goal: {made.goal}"
    assert "Goal reached" not in said(page)
    found = EXPLORERS[name].solve(made)
    for trait, value in found.items():
        page.evaluate(f"model.set({json.dumps(trait)}, {json.dumps(value)})")
    assert said(page).endswith("Goal reached.")
    assert page.inner_text(".lk-goal") == f"✓ Goal reached: {made.goal}"


@every
def test_numbers_may_come_late(page, name):
    late = EXPLORERS[name].late
    show_without(page, EXPLORERS[name].make(), late)
    assert said(page).startswith("Waiting")
    page.evaluate(f"model.set('{late}', late)")
    assert not said(page).startswith("Waiting")


@every
def test_a_view_that_is_taken_away_stays_quiet(page, name):
    made = EXPLORERS[name].make()
    show(page, made)
    page.evaluate("document.querySelector('.lk-explorer').remove(); document.body.className = 'dark'")
    for trait, value in EXPLORERS[name].solve(made).items():
        page.evaluate(f"model.set({json.dumps(trait)}, {json.dumps(value)})")
    frame(page)
    assert model(page, "goal") == made.goal
