"""The Python half of the latent explorer: no browser, no kernel."""

import base64
import io
import shutil

import numpy as np
import pytest
import torch
import traitlets
from PIL import Image

from labkit.show.kit.explorer import Explorer
from labkit.show.latent.data import LatentSpace
from labkit.show.latent.explorer import LatentExplorer
from labkit.show.latent.picture import CLASSES
from show.kit.node import ask
from show.latent.examples import codes, disks, explorer


def size(widget) -> int:
    return sum(len(v if isinstance(v, bytes) else str(v).encode()) for v in widget.get_state().values())


@pytest.fixture
def answers(monkeypatch) -> list:
    found = []
    monkeypatch.setattr(Explorer, "send", lambda self, message, buffers=None: found.append((message, buffers)))
    return found


def as_images(data: bytes) -> np.ndarray:
    return np.frombuffer(data, np.uint8).reshape(-1, 28, 28)


def drawn(z: np.ndarray) -> np.ndarray:
    return np.round(255 * disks(np.asarray(z))).astype(np.uint8)


def test_state_holds_codes_spreads_labels_and_inputs():
    widget = explorer(spaces=2)
    found = np.frombuffer(widget.codes, "<f4").reshape(2, 60, 2)
    np.testing.assert_array_equal(found[1], codes())
    np.testing.assert_array_equal(found[0], 10 * codes())
    spread = np.frombuffer(widget.spreads, "<f4").reshape(2, 60, 2)
    assert (spread[0] == 0).all()
    np.testing.assert_allclose(spread[1, 0], [0.2, 0.3])
    np.testing.assert_array_equal(np.frombuffer(widget.labels, np.uint8), np.arange(60) % 3)
    np.testing.assert_array_equal(as_images(widget.inputs), drawn(codes()[widget.rows]))
    assert sorted({row % 3 for row in widget.rows}) == [0, 1, 2]


def test_the_grid_is_the_decoded_plane_row_by_row_from_the_top():
    widget = explorer()
    side, (low, high) = widget.size[4], widget.limits[0]
    grid = as_images(widget.grid).reshape(side, side, 28, 28)
    np.testing.assert_array_equal(grid[0, 0], drawn([[low[0], high[1]]])[0])
    np.testing.assert_array_equal(grid[0, -1], drawn([[high[0], high[1]]])[0])
    np.testing.assert_array_equal(grid[-1, 0], drawn([[low[0], low[1]]])[0])
    np.testing.assert_allclose(low, -high)


def test_the_browser_blends_what_the_decoder_draws():
    """Between the grid's places the blend is close to the exact picture: the eye waits for nothing."""
    widget = explorer()
    side, (low, high) = widget.size[4], widget.limits[0]
    z = [0.4, -0.9]
    share = [(z[0] - low[0]) / (high[0] - low[0]), (high[1] - z[1]) / (high[1] - low[1])]
    got = ask("latent/data.js", "[...M.blend(Uint8Array.from(D.grid), D.side, 784, ...D.share)]",
              {"grid": list(widget.grid), "side": side, "share": share})  # fmt: skip
    assert np.abs(np.array(got) - drawn([z])[0].ravel().astype(float)).mean() < 6


def test_limits_hold_the_prior_or_the_codes():
    plain, vae = explorer(spaces=2).limits
    np.testing.assert_allclose(vae, [[-3, -3], [3, 3]])
    inside = (10 * codes() >= plain[0]) & (10 * codes() <= plain[1])
    assert inside.mean() > 0.98
    assert (plain[1] - plain[0]).max() < 60


@pytest.mark.parametrize(("latent", "spaces"), [(2, 1), (2, 2), (3, 1), (10, 2)])
def test_the_state_keeps_to_its_budget(latent, spaces):
    assert size(explorer(latent, spaces)) <= 500_000


def test_a_question_for_a_point_gets_each_models_picture(answers):
    widget = explorer(spaces=2)
    widget._handle_custom_msg({"ask": "v 1", "codes": [[10, 5], [-1, 0.5]]}, [])
    (message, buffers) = answers[0]
    assert message == {"answer": "v 1"}
    np.testing.assert_array_equal(as_images(buffers[0]), drawn([[1, 0.5], [-1, 0.5]]))


def test_a_path_in_one_space_asks_nothing_of_the_other(answers):
    widget = explorer(spaces=2)
    widget._handle_custom_msg({"ask": "v 1", "space": 1, "codes": [[], [[0, 0], [1, 1], [2, 2]]]}, [])
    np.testing.assert_array_equal(as_images(answers[0][1][0]), drawn([[0, 0], [1, 1], [2, 2]]))


def test_a_question_for_an_image(answers):
    explorer()._handle_custom_msg({"ask": "v 2", "row": 7}, [])
    np.testing.assert_array_equal(as_images(answers[0][1][0])[0], drawn(codes())[7])


def test_traversals_change_one_dimension_each(answers):
    widget = explorer(latent=3)
    widget._handle_custom_msg({"ask": "v 3", "traversals": [[0.5, 1.0, -2.0]]}, [])
    board = as_images(answers[0][1][0]).reshape(3, 7, 28, 28)
    low, high = widget.limits[0]
    np.testing.assert_array_equal(board[0, 0], drawn([[low[0], 1.0, -2.0]])[0])
    np.testing.assert_array_equal(board[2, 6], drawn([[0.5, 1.0, high[2]]])[0])
    assert len(widget.board) == 3 * 7 * 784
    assert explorer().board == b""


def test_an_input_moves_every_point_to_its_code():
    widget = explorer(spaces=2)
    widget.chosen = 5
    np.testing.assert_allclose(widget.point, [10 * codes()[5], codes()[5]])
    with pytest.raises(traitlets.TraitError, match="row of the 60 images"):
        widget.chosen = 60


def test_the_picture_and_the_words_stand_beside_the_widget():
    widget = explorer(spaces=2, chosen=4)
    data, metadata = widget._repr_mimebundle_()
    assert set(data) == {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}
    assert metadata["image/png"]["alt"] == data["text/plain"] == widget.describe()
    assert data["text/plain"].endswith("Input: image 4, a right.")
    assert "10 of the 10 nearest codes are of right" in data["text/plain"]
    assert Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).width > 700


def test_the_picture_shows_what_is_decoded_and_the_spread():
    widget = explorer(chosen=4)
    figure = widget.picture()
    plane, decoded, given = figure.axes
    np.testing.assert_allclose(decoded.images[0].get_array(), 1 - disks(codes()[4:5])[0], atol=1e-6)
    np.testing.assert_allclose(given.images[0].get_array(), 1 - disks(codes()[4:5])[0], atol=1e-6)
    ellipse = plane.patches[-1]
    assert (ellipse.width, ellipse.height) == pytest.approx((0.8, 1.2)), "two deviations to each side"
    assert ellipse.center == pytest.approx(codes()[4])


@pytest.mark.skipif(shutil.which("node") is None, reason="NO NODE: install node to test the explorers' JavaScript")
def test_classes_have_one_color_in_both_halves():
    assert ask("kit/colors.js", "M.CLASSES", 0) == CLASSES


def test_tensors_are_taken_as_they_come():
    found = torch.tensor(codes(), requires_grad=True)
    space = LatentSpace(lambda z: torch.tensor(disks(z)).flatten(1), lambda images: found)
    widget = LatentExplorer({"model": space}, torch.tensor(disks(codes())), torch.arange(60) % 3)
    assert widget.names == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"spaces": {}}, "one or two latent spaces are shown, not 0"),
        ({"images": np.zeros((60, 784))}, r"images are \(n, h, w\)"),
        ({"images": np.full((60, 28, 28), 2.0)}, "between 0 and 1"),
        ({"labels": np.zeros(59, int)}, "60 images need as many labels"),
        ({"labels": np.full(60, 3), "names": ["a", "b"]}, "from 0 to 1"),
        ({"spaces": {"m": LatentSpace(disks, lambda images: np.zeros((60, 1)))}}, "at least two dimensions"),
        ({"spaces": {"m": LatentSpace(disks, lambda images: np.zeros((3, 2)))}}, r"codes \(n, z\)"),
        ({"spaces": {"m": LatentSpace(lambda z: np.zeros((len(z), 9)), lambda images: codes())}}, "decode of 'm' gave"),
        (
            {"spaces": {"m": LatentSpace(disks, lambda i: codes(2)), "n": LatentSpace(disks, lambda i: codes(3))}},
            "equally many dimensions",
        ),
    ],
)
def test_bad_input_is_named_at_the_door(change, words):
    space = LatentSpace(disks, lambda images: codes())
    given = {"spaces": {"m": space}, "images": disks(codes()), "labels": np.arange(60) % 3} | change
    with pytest.raises(ValueError, match=words):
        LatentExplorer(**given)
