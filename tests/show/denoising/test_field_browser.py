"""The denoising explorer's score field in Chromium without Jupyter: time, particles, and what the kernel is asked."""

import numpy as np
import pytest

from show.denoising.examples import example, flow
from show.denoising.page import PLANE, show, spot
from show.kit.page import frame, model, pixels, said

pytestmark = pytest.mark.browser


def test_time_moves_arrows_and_particles(page):
    show(page, example("field"))
    seen = [pixels(page, PLANE)]
    page.focus(PLANE)
    for key in ("PageDown", "End"):
        page.keyboard.press(key)
        seen.append(pixels(page, PLANE))
    assert model(page, "moment") == 30
    page.get_by_role("radio", name="stochastic equation").click()
    assert model(page, "noise") is True
    seen.append(pixels(page, PLANE))
    assert len(set(seen)) == 4
    assert "120 particles are moved by the stochastic equation" in said(page)


def test_the_score_is_read_where_one_points(page):
    explorer = example("field")
    show(page, explorer)
    x, y = 0.7 * explorer.extent, -0.4 * explorer.extent
    page.mouse.move(*spot(page, PLANE, 0.85, 0.7))
    frame(page)
    words = page.locator(".lk-where").inner_text()
    assert words.startswith(f"At ({x:.2f}, {y:.2f}) the score is about (")
    shown = [float(part) for part in words.split("about (")[1].split(")")[0].split(", ")]
    exact = explorer.parts["field"].score(np.array([[x, y]]), 2.0)[0]
    np.testing.assert_allclose(shown, exact, atol=0.02)
    page.focus(PLANE)
    page.mouse.move(0, 0)
    page.keyboard.press("ArrowRight")
    frame(page)
    assert page.locator(".lk-where").inner_text().startswith(f"At ({0.06 * explorer.extent:.2f}, 0.00)")


def test_one_particle_without_noise_and_twelve_with(page):
    explorer = example("field")
    show(page, explorer)
    page.mouse.click(*spot(page, PLANE, 0.6, 0.5))
    page.wait_for_function("document.querySelector('.lk-say').textContent.includes('one particle ends at')")
    place = page.evaluate("model.sent.at(-1).drop")
    end = flow(np.array([place]), explorer.parts["field"].times, False)[-1, 0]
    assert f"({end[0]:.2f}, {end[1]:.2f})" in said(page).replace("-0.00", "0.00")
    page.get_by_role("radio", name="stochastic equation").click()
    assert "120 particles" in said(page), "another equation, and what was dropped is gone"
    page.mouse.click(*spot(page, PLANE, 0.6, 0.5))
    page.wait_for_function("document.querySelector('.lk-say').textContent.includes('12 particles from one place')")
    page.focus(PLANE)
    page.keyboard.press("Escape")
    assert "120 particles" in said(page)


def test_what_is_dropped_at_the_end_starts_at_the_beginning(page):
    explorer = example("field")
    explorer.moment = 30
    show(page, explorer)
    page.focus(PLANE)
    page.keyboard.press("Enter")
    page.wait_for_function("model.sent.length === 1")
    assert page.evaluate("model.sent[0].moment") == 0


def test_a_drop_starts_at_the_time_that_is_shown(page):
    explorer = example("field")
    explorer.moment = 12
    show(page, explorer)
    page.focus(PLANE)
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('.lk-say').textContent.includes('one particle ends at')")
    assert page.evaluate("model.sent[0].moment") == 12
    page.keyboard.press("Home")
    frame(page)


def test_without_a_kernel_the_recorded_particles_stay(page):
    show(page, example("field"), kernel=False)
    page.mouse.click(*spot(page, PLANE, 0.6, 0.5))
    assert "120 particles" in said(page)


def test_an_answer_that_comes_after_the_equation_was_changed_is_dropped(page):
    explorer = example("field")
    show(page, explorer, kernel=False)
    page.focus(PLANE)
    page.keyboard.press("Enter")
    page.get_by_role("radio", name="stochastic equation").click()
    moments, paths = len(explorer.parts["field"].times), "new Int16Array(2 * 31)"
    assert moments == 31
    page.evaluate(
        "([ask]) => model.tell('msg:custom', { answer: ask, copies: 1 }, [new DataView(PATHS.buffer)])".replace(
            "PATHS", paths
        ),
        [page.evaluate("model.sent[0].ask")],
    )
    frame(page)
    assert "120 particles are moved by the stochastic equation" in said(page)
