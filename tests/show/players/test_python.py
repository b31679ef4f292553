"""The Python half of the player explorer: no browser, no kernel."""

import base64
import io
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import traitlets
from PIL import Image

from labkit.show.players.data import Game, as_bytes, as_shorts, score_at
from labkit.show.players.explorer import FAR, PlayerExplorer, arrow_units
from show.players.examples import REACH, explorer, game, large, real


def test_a_score_is_read_between_its_places():
    field = np.array([[0.0, 1.0], [-1.0, 0.0]])  # rows from below
    points = np.array([[-3, -3], [3, -3], [-3, 3], [0, -3], [0, 0], [-9, 0.0]])
    np.testing.assert_allclose(score_at(field, points, 3.0), [0, 1, -1, 0.5, 0, -0.5], atol=1e-12)


def test_a_linear_field_is_read_exactly():
    axis = np.linspace(-2, 2, 7)
    x, y = np.meshgrid(axis, axis)
    points = np.random.default_rng(0).uniform(-2, 2, (50, 2))
    np.testing.assert_allclose(score_at(3 * x - 5 * y, points, 2.0), points @ [3, -5], rtol=1e-9)


def test_verdicts_are_drawn_as_twice_d_minus_one():
    shown = game().shown(real(), REACH)
    np.testing.assert_allclose(shown.fields, 2 / (1 + np.exp(-game().fields)) - 1, atol=1e-12)


def test_heights_are_drawn_from_the_middle_of_real_and_generated():
    """Real samples at height 4, generated ones at 2, in a field that is 4 times x: the middle is 3, the limit 11."""
    axis = np.linspace(-2, 2, 5)
    field = np.tile(4 * axis, (5, 1))
    one = Game([7], np.full((1, 3, 2), 0.5), field[None], np.zeros((1, 3, 2)), verdicts=False)
    shown = one.shown(np.ones((4, 2)), 2.0)
    assert (shown.middle[0], shown.limit[0]) == pytest.approx((3, 11))
    np.testing.assert_allclose(shown.fields[0] * 11 + 3, field, atol=1e-12)


def test_numbers_survive_as_shorts_and_bytes():
    values = np.random.default_rng(0).uniform(-6, 6, 500)
    np.testing.assert_allclose(np.frombuffer(as_shorts(values, 6.0), "<i2") / 32767 * 6, values, atol=1e-4)
    assert np.frombuffer(as_shorts(np.array([9.0, -9.0]), 6.0), "<i2").tolist() == [32767, -32767]
    shares = np.linspace(-1, 1, 300)
    np.testing.assert_allclose((np.frombuffer(as_bytes(shares), np.uint8) - 127.0) / 127, shares, atol=0.004)
    assert as_bytes(np.array([-1.0, 0.0, 1.0])) == bytes([0, 127, 254])


def test_arrows_have_one_unit_for_verdicts_and_one_for_critics():
    strong, weak, critic = game(), game(), game(verdicts=False)
    strong.directions, critic.directions = 10 * strong.directions, 100 * critic.directions
    units = arrow_units({"strong": strong, "weak": weak, "critic": critic})
    assert units["strong"] == units["weak"] < units["critic"]
    lengths = np.linalg.norm(critic.directions, axis=-1)
    assert (lengths > units["critic"]).mean() == pytest.approx(0.1, abs=0.02)


def test_a_game_is_taken_from_recorded_snapshots():
    seen = [
        (
            turn,
            SimpleNamespace(samples=torch.full((3, 2), float(turn)), field=torch.eye(4), directions=torch.ones(3, 2)),
        )
        for turn in (0, 10)
    ]
    made = Game.of(seen, verdicts=False, exact_distance=[2.0, 1.0])
    assert made.turns.tolist() == [0, 10]
    assert made.samples[1].tolist() == [[10, 10]] * 3
    assert (made.fields.shape, made.verdicts) == ((2, 4, 4), False)
    assert made.curves["exact distance"].tolist() == [2, 1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"samples": np.zeros((6, 40, 3))}, r"\(6, n, 2\), not \(6, 40, 3\)"),
        ({"directions": np.zeros((6, 4, 2))}, r"and \(6, 4, 2\)"),
        ({"fields": np.zeros((6, 16, 15))}, r"fields are .* not \(6, 16, 15\)"),
        ({"curves": {"loss": np.zeros(5)}}, r"'loss' should have a number for each of 6 moments, not \(5,\)"),
    ],
)
def test_bad_games_are_named_at_the_door(change, words):
    good = game()
    parts = {name: getattr(good, name) for name in ("turns", "samples", "fields", "directions", "verdicts", "curves")}
    with pytest.raises(ValueError, match=words):
        Game(**parts | change)


def test_bad_explorers_are_named_at_the_door():
    with pytest.raises(ValueError, match="no games to show"):
        PlayerExplorer({}, real())
    with pytest.raises(ValueError, match=r"real samples are \(m, 2\), not \(5,\)"):
        PlayerExplorer({"a": game()}, np.zeros(5))
    with pytest.raises(ValueError, match=r"'b' has samples \(5, 40, 2\), the first has \(6, 40, 2\)"):
        PlayerExplorer({"a": game(), "b": game(5)}, real())
    with pytest.raises(ValueError, match="too many for one explorer"):
        PlayerExplorer({"a": game(60, 400, 80)}, real())


def test_state_round_trip():
    shown = explorer()
    state, first, last = shown.get_state(), shown.data["non-saturating"], shown.data["WGAN-GP"]
    places = np.frombuffer(state["places"], "<i2") / 32767
    np.testing.assert_allclose(places[:120].reshape(60, 2) * FAR * REACH, real(), atol=1e-3)
    each = first.samples.size
    np.testing.assert_allclose(places[120 : 120 + each] * FAR * REACH, first.samples.ravel(), atol=1e-3)
    longest = np.abs(last.directions).max()
    np.testing.assert_allclose(places[-each:] * longest, last.directions.ravel(), atol=1e-3)
    fields = (np.frombuffer(state["fields"], np.uint8) - 127.0) / 127
    np.testing.assert_allclose(fields[-last.fields.size :], shown.shown["WGAN-GP"].fields.ravel(), atol=0.005)
    numbers = np.frombuffer(state["numbers"], "<f4").reshape(3, -1)
    np.testing.assert_allclose(numbers[2, :2], [shown.units["WGAN-GP"], longest], rtol=1e-6)
    assert numbers[0, 2:8].tolist() == first.turns.tolist()
    np.testing.assert_allclose(numbers[1, -6:], shown.data["minimax"].curves["loss of the discriminator"], rtol=1e-6)
    assert "export default" in state["_esm"]


def test_thirty_moments_of_three_games_keep_to_the_budget():
    state = large().get_state()
    assert sum(len(v if isinstance(v, bytes) else str(v).encode()) for v in state.values()) <= 500_000


def test_front_end_message_moves_the_choice():
    shown = explorer()
    chosen = {"game": "WGAN-GP", "moment": 2, "sample": 7, "beside": True, "arrows": False}
    data = {"method": "update", "state": chosen, "buffer_paths": []}
    shown._handle_msg({"content": {"data": data}, "buffers": []})  # what the comm delivers
    assert {name: getattr(shown, name) for name in chosen} == chosen


def test_a_choice_out_of_range_is_an_error():
    shown = explorer()
    for name, value in (("moment", 6), ("moment", -1), ("sample", 40), ("sample", -2)):
        with pytest.raises(traitlets.TraitError, match=f"{name} {value}: choose from"):
            setattr(shown, name, value)
    with pytest.raises(traitlets.TraitError, match="no game 'LSGAN'"):
        shown.game = "LSGAN"


def test_the_picture_and_the_words_stand_beside_the_widget():
    shown = explorer(moment=3, sample=4)
    data, metadata = shown._repr_mimebundle_()
    assert set(data) == {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}
    assert metadata["image/png"]["alt"] == data["text/plain"] == shown.describe()
    points = shown.data["non-saturating"].samples[3]
    d = 1 / (1 + np.exp(-score_at(shown.data["non-saturating"].fields[3], points, REACH)))
    assert "after turn 30 of 50: the discriminator takes real samples for real with" in data["text/plain"]
    assert f"generated ones with {d.mean():.0%} on average, exact distance 0.72" in data["text/plain"]
    shown.game = "WGAN-GP"
    assert "the critic puts real samples" in shown.describe()
    assert " at 0x" not in shown.describe()
    assert Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).width > 600
    assert len(base64.b64decode(large()._repr_mimebundle_()[0]["image/png"])) < 150_000
