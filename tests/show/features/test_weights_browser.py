"""The feature explorer in Chromium: what a unit weighs, and the goal."""

import base64

import numpy as np
import pytest

from show.features.examples import explorer
from show.features.test_browser import MAP, PICTURE, asked, reply
from show.kit.page import frame, pixels, said, show

pytestmark = pytest.mark.browser


def test_what_a_unit_weighs_is_asked_for_and_shown(page):
    show(page, explorer())
    page.get_by_label("show what the unit weighs").check()
    (question,) = asked(page)
    assert question["unit"] == [0, 3, 10, 12]
    assert question["maps"] is False
    before = pixels(page, PICTURE)
    reply(page, "[new Float32Array(784).fill(0.5)]")
    assert pixels(page, PICTURE) != before
    page.locator(MAP).focus()
    page.keyboard.press("ArrowDown")
    assert asked(page)[-1]["unit"] == [0, 3, 11, 12]


def test_another_picture_has_its_own_weights(page):
    """What the kernel really answers when maps and weights are asked for at once: orange only where the unit weighs."""
    made = explorer()
    show(page, made)
    page.get_by_label("show what the unit weighs").check()
    reply(page, "[new Float32Array(784)]")
    page.get_by_role("radio", name="a one").click()
    question = asked(page)[-1]
    assert question["maps"]
    assert question["unit"] == [0, 3, 10, 12]
    _, buffers = made.answer({name: question[name] for name in ("pixels", "maps", "unit")})
    sent = ", ".join(
        f"Uint8Array.from(atob('{base64.b64encode(part).decode()}'), c => c.charCodeAt(0))" for part in buffers
    )
    reply(page, f"[{sent}]")
    frame(page)
    size = page.locator(PICTURE).evaluate("canvas => canvas.width / 28")
    pixel = (
        f"([y, x]) => [...document.querySelector('{PICTURE}').getContext('2d')"
        f".getImageData((x + 0.5) * {size}, (y + 0.5) * {size}, 1, 1).data]"
    )
    red, _, blue, _ = page.evaluate(pixel, [20, 25])
    assert red - blue > 50, "the unit weighs most at twice its row and column"
    red, _, blue, _ = page.evaluate(pixel, [2, 2])
    assert red - blue < 45, "and hardly anything far from there"


def test_the_goal_is_the_largest_unit_of_the_deepest_layer(page):
    made = explorer()
    show(page, made)
    assert page.inner_text(".lk-goal") == "Goal: Find the unit with the largest value in convolution 2."
    channel, row, column = np.unravel_index(made.found[2].argmax(), made.found[2].shape)
    for name, value in {"layer": 2, "channel": channel, "row": row, "column": column}.items():
        page.evaluate(f"model.set('{name}', {value})")
    assert said(page).endswith("Goal reached.")
