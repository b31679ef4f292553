"""The Python half of the denoising explorer: no browser, no kernel."""

import base64
import io

import numpy as np
import pytest
import traitlets
from PIL import Image

from labkit.show.denoising.data import FINE, as_bytes
from labkit.show.denoising.data import SIDE as ARROWS
from labkit.show.denoising.explorer import DenoisingExplorer
from labkit.show.denoising.picture import draw_field, draw_film, draw_guidance
from show.denoising.examples import SIDE, example, field, film, flow, fresh, guidance, large, pull

TWO = np.zeros((2, 3, 4, 4))


def size(widget: DenoisingExplorer) -> int:
    return sum(len(v if isinstance(v, bytes) else str(v).encode()) for v in widget.get_state().values())


def test_state_round_trip():
    explorer, given, moving, dial = example(), film(), field(), guidance()
    state = explorer.get_state()
    shots = np.frombuffer(state["shots"], np.uint8).reshape(2, 11, 4, SIDE, SIDE)
    np.testing.assert_allclose(shots[0] / 127.5 - 1, np.clip(given.noisy, -1, 1), atol=0.005)
    np.testing.assert_allclose(shots[1] / 127.5 - 1, np.clip(given.guesses, -1, 1), atol=0.005)
    extent = state["field"]["extent"]
    runs = np.frombuffer(state["particles"], "<i2").reshape(2, 31, 120, 2) / FINE * extent
    for noise in (False, True):
        expected = flow(moving.start, moving.times, noise)
        np.testing.assert_allclose(runs[int(noise)], np.clip(expected, -2 * extent, 2 * extent), atol=0.001)
    arrows = np.frombuffer(state["arrows"], "<i2").reshape(31, ARROWS, ARROWS, 2) / FINE
    arrows = arrows * np.array(state["longest"])[:, None, None, None]
    place = extent * (2 * (np.array([3, ARROWS - 1 - 5]) + 0.5) / ARROWS - 1)  # column 3, row 5 from the top
    for moment in (0, 15, 30):
        exact = pull(place[None], moving.times[moment])[0]
        np.testing.assert_allclose(arrows[moment, 5, 3], exact, atol=1e-4 * state["longest"][moment])
    dots = np.frombuffer(state["dots"], "<i2").reshape(-1, 2) / FINE * extent
    np.testing.assert_allclose(dots, moving.data, atol=0.001)
    samples = np.frombuffer(state["samples"], np.uint8).reshape(dial.images.shape)
    np.testing.assert_allclose(samples / 127.5 - 1, dial.images, atol=0.005)
    assert state["guidance"]["asks"]
    assert state["guidance"]["recognized"][3] == pytest.approx([0.95] * 3)


def test_the_largest_keeps_to_the_budget():
    assert size(large()) <= 500_000


def test_front_end_message_moves_the_choice():
    explorer = example()
    chosen = {"view": "guidance", "frame": 10, "image": 3, "moment": 30, "noise": True, "weight": 3, "label": 2}
    data = {"method": "update", "state": chosen, "buffer_paths": []}
    explorer._handle_msg({"content": {"data": data}, "buffers": []})  # what the comm delivers
    assert {name: getattr(explorer, name) for name in chosen} == chosen


def test_only_what_changed_is_sent(monkeypatch):
    explorer, sent = example(), []
    monkeypatch.setattr(explorer, "_send", lambda message, buffers=None: sent.append((message["state"], buffers)))
    explorer.frame = 4
    assert sent == [({"frame": 4}, [])]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("view", "latent", r"no view 'latent': choose one of \['film', 'field', 'guidance'\]"),
        ("frame", 11, "frames 0 to 10"),
        ("image", 4, "images 0 to 3"),
        ("moment", -1, "moments 0 to 30"),
        ("weight", 4, "weights 0 to 3"),
        ("label", 3, "labels 0 to 2"),
    ],
)
def test_a_choice_that_is_not_there_is_an_error(name, value, words):
    with pytest.raises(traitlets.TraitError, match=words):
        setattr(example(), name, value)


def test_only_the_views_given_are_there():
    explorer = example("field")
    assert explorer.view == "field"
    with pytest.raises(traitlets.TraitError, match=r"choose one of \['field'\]"):
        explorer.view = "film"


def ask(explorer: DenoisingExplorer, **question) -> tuple[dict, list]:
    """What the page hears after asking."""
    heard = []
    explorer.send = lambda content, buffers=None: heard.append((content, buffers))
    explorer._hear(explorer, {"ask": "1", **question}, [])
    return heard[0]


@pytest.mark.parametrize(
    ("noise", "copies", "place"), [(False, 1, [0.5, -1.0]), (True, 12, [0.5, -1.0]), (False, 1, [0, 0])]
)
def test_what_is_dropped_goes_where_the_flow_takes_it(noise, copies, place):
    explorer = example("field")
    content, buffers = ask(explorer, drop=place, moment=10, noise=noise)
    assert content == {"answer": "1", "copies": copies}
    path = np.frombuffer(buffers[0], "<i2").reshape(21, copies, 2) / FINE * explorer.extent
    start = np.repeat([place], copies, axis=0)
    np.testing.assert_allclose(path, flow(start, field().times[10:], noise), atol=0.001)


def test_new_samples_are_those_of_the_class_and_weight():
    asked = []
    dial = guidance(sample=lambda label, weight: asked.append((label, weight)) or fresh(label, weight))
    _, buffers = ask(DenoisingExplorer(guidance=dial), label=2, weight=3)
    assert asked == [(2, 4.0)]
    assert buffers[0] == as_bytes(fresh(2, 4.0)).tobytes()


@pytest.mark.parametrize(
    ("make", "question", "words"),
    [
        (lambda: example("film"), {"drop": [0, 0], "moment": 0, "noise": False}, "this explorer has no field"),
        (lambda: DenoisingExplorer(guidance=guidance()), {"label": 0, "weight": 0}, "pass sample="),
        (
            lambda: DenoisingExplorer(guidance=guidance(sample=lambda c, w: TWO[0])),
            {"label": 0, "weight": 0},
            "must give",
        ),
    ],
)
def test_what_goes_wrong_is_told_to_the_page_and_raised(make, question, words):
    explorer, heard = make(), []
    explorer.send = lambda content, buffers=None: heard.append(content)
    with pytest.raises(ValueError, match=words):
        explorer._hear(explorer, {"ask": "7", **question}, [])
    assert heard[0]["answer"] == "7"
    assert heard[0]["error"].startswith("ValueError: ")


def test_words_for_each_view():
    explorer = example()
    explorer.frame = 10
    off = np.abs(np.clip(film().guesses[10], -1, 1) - film().noisy[10]).mean() / 2
    assert off == pytest.approx(0, abs=1e-6)
    assert "step 0, frame 11 of 11: the guesses of 4 images are 0%" in explorer.describe()
    explorer.frame = 0
    assert "are 0%" not in explorer.describe()
    explorer.view, explorer.moment = "field", 30
    assert "time 0.05 under noise of 0.05: 120 particles moved by the probability flow" in explorer.describe()
    explorer.noise = True
    assert "moved by the stochastic equation" in explorer.describe()
    explorer.view, explorer.weight, explorer.label = "guidance", 3, 1
    assert explorer.describe() == "Denoising explorer, samples of right at weight 4, 95% recognized."


@pytest.mark.parametrize("view", ["film", "field", "guidance"])
def test_the_picture_and_the_words_stand_beside_the_widget(view):
    explorer = example(view)
    data, metadata = explorer._repr_mimebundle_()
    assert set(data) == {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}
    assert metadata["image/png"]["alt"] == data["text/plain"] == repr(explorer) == explorer.describe()
    assert 300 < Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).width < 1200
    assert len(data["image/png"]) < 120_000


def test_the_pictures_show_what_is_there():
    drawn = draw_film(film(), 4).subfigs[0].axes
    np.testing.assert_array_equal(drawn[2].images[0].get_array(), film().noisy[4, 2])
    np.testing.assert_array_equal(drawn[4 + 2].images[0].get_array(), film().guesses[4, 2])
    axes = draw_guidance(guidance(), 1, 0).axes
    np.testing.assert_array_equal(axes[2 * 4 + 3].images[0].get_array(), guidance().images[2, 1, 3])
    explorer = example("field")
    axes = draw_field(explorer.parts["field"], explorer.vectors[12], explorer.runs[0], 12, explorer.extent).axes[0]
    np.testing.assert_array_equal(axes.collections[2].get_offsets(), explorer.runs[0][12])
    np.testing.assert_allclose(axes.lines[3].get_xydata(), explorer.runs[0][:13, 3])
