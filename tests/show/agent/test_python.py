"""The Python half of the agent explorer: no browser, no kernel."""

import base64
import io

import numpy as np
import pytest
import traitlets
from matplotlib.figure import Figure
from PIL import Image

from labkit.show.agent.data import CartEpisode, GridFilm
from labkit.show.agent.explorer import AgentExplorer
from labkit.show.agent.picture import draw_grid, greedy, in_words
from show.agent.examples import CLIFF, SMALL, explorer, film, large


def test_errors_are_of_the_cells_in_which_an_agent_acts():
    table = np.zeros((2, 6, 4))
    exact = np.zeros((6, 4))
    exact[:, 0] = [
        3,
        -1,
        50,
        50,
        5,
        50,
    ]  # best: 3, 0 and 5 where one acts; the wall, the hole and the goal do not count
    table[1, :, 2] = [1, 0, 0, 0, 9, 0]
    shown = GridFilm(SMALL, table, [0, 4], exact)
    assert shown.standing.tolist() == [True, True, False, False, True, False]
    np.testing.assert_allclose(shown.errors, [(3 + 0 + 5) / 3, (2 + 0 + 4) / 3])


def test_all_that_is_best_is_greedy():
    assert greedy(np.array([-1.0, -2.0, -1.0, -5.0])) == [0, 2]
    assert greedy(np.array([100.0, 100.00001, 99.0, 0.0])) == [0, 1], "a difference in the seventh digit is rounding"
    assert greedy(np.array([0.0, 0.001, 0.0, 0.0])) == [1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"map": ["..", "."]}, r"one length, not of \[2, 1\]"),
        ({"table": np.zeros((2, 5, 4))}, r"a map of 6 cells needs table \(frames, 6, 4\)"),
        ({"exact": np.zeros((6, 3))}, r"not \(2, 6, 4\) and \(6, 3\)"),
        ({"episodes": [0, 1, 2]}, "2 frames have as many numbers of episodes"),
        ({"paths": [[0]]}, "2 frames have as many paths, not 1"),
        ({"paths": [[0], [6]]}, "a path leaves the grid: its cells are 0 to 5"),
        ({"table": np.full((2, 6, 4), np.nan)}, "table holds a number that is not finite"),
    ],
)
def test_bad_films_are_named_at_the_door(change, words):
    given = {"map": SMALL, "table": np.zeros((2, 6, 4)), "episodes": [0, 1], "exact": np.zeros((6, 4))} | change
    with pytest.raises(ValueError, match=words):
        GridFilm(**given)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ((np.zeros((3, 3)), np.zeros((3, 2)), [0, 1, 0]), r"obs \(t, 4\)"),
        ((np.zeros((3, 4)), np.zeros((2, 2)), [0, 1, 0]), r"values \(t, 2\)"),
        ((np.zeros((3, 4)), np.zeros((3, 2)), [0, 1]), "3 steps have as many actions"),
        ((np.zeros((3, 4)), np.zeros((3, 2)), [0, 1, 2]), "0 or 1"),
        ((np.zeros((0, 4)), np.zeros((0, 2)), []), "of t steps"),
    ],
)
def test_bad_episodes_are_named_at_the_door(parts, words):
    with pytest.raises(ValueError, match=words):
        CartEpisode(*parts)


def test_bad_explorers_are_named_at_the_door():
    with pytest.raises(ValueError, match="nothing to show"):
        AgentExplorer({})
    with pytest.raises(ValueError, match="too many for one explorer"):
        AgentExplorer({"long": film(frames=700)})


def test_state_round_trip():
    shown = explorer()
    state = shown.get_state()
    numbers, places = np.frombuffer(state["numbers"], "<f4"), np.frombuffer(state["places"], "<u2")
    first, last = shown.data["Q-learning"], shown.data["trained"]
    assert numbers[:20].tolist() == first.episodes.tolist()
    np.testing.assert_array_equal(numbers[20 : 20 + 192].reshape(48, 4), first.exact)
    np.testing.assert_array_equal(numbers[212 : 212 + 20 * 192].reshape(20, 48, 4), first.table)
    np.testing.assert_array_equal(numbers[-240:].reshape(120, 2), last.values)
    np.testing.assert_array_equal(numbers[-720:-240].reshape(120, 4), last.obs)
    assert places[:6].tolist() == [0, 0, 1, 0, 1, 2]
    assert places[-120:].tolist() == last.action.tolist()
    assert len(places) == sum(state["views"][0]["lengths"]) + sum(state["views"][1]["lengths"]) + 30 + 120
    assert "export default" in state["_esm"]


def test_much_keeps_to_the_budget():
    state = large().get_state()
    assert sum(len(v if isinstance(v, bytes) else str(v).encode()) for v in state.values()) <= 500_000


def test_front_end_message_moves_the_choice():
    shown = explorer()
    chosen = {"view": "SARSA", "film_frame": 4, "cell": 17, "step": 2}
    shown._handle_msg({"content": {"data": {"method": "update", "state": chosen, "buffer_paths": []}}, "buffers": []})
    assert {name: getattr(shown, name) for name in chosen} == chosen


def test_a_choice_out_of_range_is_an_error():
    shown = explorer()
    for name, value, most in (("film_frame", 20, 19), ("cell", 48, 47), ("step", 120, 119), ("step", -1, 119)):
        with pytest.raises(traitlets.TraitError, match=f"{name} {value}: choose from 0 to {most}"):
            setattr(shown, name, value)
    with pytest.raises(traitlets.TraitError, match="no view 'TD3': choose one of"):
        shown.view = "TD3"


def test_a_view_shows_as_much_as_it_has():
    shown = explorer()
    shown.film_frame, shown.step = 19, 119
    shown.view = "SARSA"
    assert "after 56 episodes" in shown.describe(), "its last frame"
    shown.view = "early"
    assert "step 30 of 30" in shown.describe()
    assert isinstance(shown.picture(), Figure)


def test_the_picture_and_the_words_stand_beside_the_widget():
    shown = explorer()
    shown.film_frame, shown.cell = 19, 5
    data, metadata = shown._repr_mimebundle_()
    assert set(data) == {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}
    assert metadata["image/png"]["alt"] == data["text/plain"] == shown.describe()
    exact = shown.data["Q-learning"].exact[5]
    assert f"after 133 episodes: row 0, column 5: up {exact[0]:.3g} (exact {exact[0]:.3g})" in data["text/plain"]
    assert data["text/plain"].endswith("off by 0 on average.")
    shown.view = "trained"
    assert "the cart is 0.00 right of the middle, the pole leans 0.0° right" in shown.describe()
    assert " at 0x" not in data["text/plain"]
    for view in shown.data:
        shown.view = view
        assert Image.open(io.BytesIO(base64.b64decode(shown._repr_mimebundle_()[0]["image/png"]))).width > 600


def test_words_of_the_cart():
    words = in_words(np.array([-0.5, 0.0, -np.pi / 18, 0.0]))
    assert words == "the cart is 0.50 left of the middle, the pole leans 10.0° left"


def test_a_grid_is_drawn_with_an_arrow_for_every_best_action():
    axes = Figure().subplots()
    table = np.zeros((6, 4))
    table[0, 1] = table[0, 2] = 1.0
    table[1, 2] = 2.0
    table[4, 1] = 5.0
    picture = draw_grid(axes, SMALL, table, path=[0, 1, 4, 5])
    arrows = [text for text in axes.texts if text.get_text() == ""]
    assert len([arrow for arrow in arrows if getattr(arrow, "arrow_patch", None)]) == 2 + 1 + 1
    assert picture.get_clim() == (1.0, 5.0), "cells in which nobody acts do not count"
    assert picture.get_array().mask.ravel().tolist() == [False, False, True, True, False, True]
    assert axes.lines[0].get_xydata().tolist() == [[0, 0], [1, 0], [1, 1], [2, 1]]
    assert {text.get_text() for text in axes.texts} >= {"H", "G", "1", "2", "5"}
    draw_grid(Figure().subplots(), CLIFF, np.zeros((48, 4)))
