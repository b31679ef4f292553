"""The Python half of the next-token explorer: no browser, no kernel."""

import base64
import io
import shutil

import numpy as np
import pytest
import torch
import traitlets
from PIL import Image

from labkit.show.kit.explorer import Explorer
from labkit.show.next_token.data import Reading, filtered, visible
from labkit.show.next_token.explorer import NextTokenExplorer
from show.kit.node import ask
from show.next_token.examples import END, LETTERS, decode, encode, explorer, read


def shares(widget) -> np.ndarray:
    logits = np.frombuffer(widget.logits, "<f4").astype(float)
    return np.exp(logits) / np.exp(logits).sum()


def test_state_holds_what_the_model_made_of_the_text():
    widget = explorer("ab c")
    assert widget.tokens == [END, 0, 1, 26, 2]
    assert widget.names == LETTERS
    assert widget.size == [2, 3]
    assert shares(widget).argmax() == 3, "after c comes d"
    reading = read(widget.tokens)
    p = np.exp(reading.logits) / np.exp(reading.logits).sum(-1, keepdims=True)
    given = np.frombuffer(widget.given, "<f4")
    np.testing.assert_allclose(given, [1, p[0, 0], p[1, 1], p[2, 26], p[3, 2]], rtol=1e-5)
    roots = np.frombuffer(widget.weights, np.uint8).reshape(2, 3, 5, 5)
    np.testing.assert_allclose((roots / 255) ** 2, reading.weights, atol=5e-3)


def test_typing_appending_and_going_back():
    widget = explorer("ab")
    widget.answer({"text": "xy"})
    assert (widget.text, widget.tokens, shares(widget).argmax()) == ("xy", [END, 23, 24], 25)
    widget.answer({"append": 25})
    assert (widget.text, widget.tokens, shares(widget).argmax()) == ("xyz", [END, 23, 24, 25], 26)
    widget.answer({"back": True})
    assert (widget.text, widget.tokens) == ("xy", [END, 23, 24])
    widget.answer({"text": ""})
    assert (widget.text, widget.tokens) == ("", [END])


def test_tokens_are_kept_as_they_were_chosen():
    """What was chosen is not cut anew: two tokens may spell what one token says."""
    pieces = ["a", "b", "ab"]
    widget = NextTokenExplorer(
        lambda tokens: Reading(np.zeros((len(tokens), 3)), np.eye(len(tokens))[None, None]),
        lambda text: [2] * text.count("ab"),
        lambda tokens: "".join(pieces[token] for token in tokens),
        3,
        "ab",
    )
    assert widget.tokens == [2]
    widget.answer({"append": 0})
    widget.answer({"append": 1})
    assert (widget.text, widget.tokens) == ("abab", [2, 0, 1])


def test_a_long_text_is_read_at_its_end_and_kept_whole():
    widget = explorer("abcdefgh", length=4)
    assert widget.tokens == [4, 5, 6, 7]
    widget.answer({"append": 8})
    assert (widget.text, widget.tokens) == ("abcdefghi", [5, 6, 7, 8])
    widget.answer({"back": True})
    assert (widget.text, widget.tokens) == ("abcdefgh", [4, 5, 6, 7])


def test_python_sets_the_text():
    widget = explorer("ab")
    widget.place = 1
    widget.text = "q"
    assert (widget.tokens, widget.place, shares(widget).argmax()) == ([END, 16], -1, 17)


@pytest.mark.parametrize(
    "dials", [(1.0, 0, 1.0), (0.5, 0, 1.0), (2.0, 5, 1.0), (1.0, 0, 0.7), (0.7, 6, 0.0), (3.0, 9, 0.9)]
)
def test_dials_do_what_sampling_does(dials):
    from labkit.transformers.sampling import top_k, top_p, with_temperature

    temperature, k, p = dials
    logits = torch.randn(40, generator=torch.Generator().manual_seed(0))
    wanted = with_temperature(logits, temperature)
    wanted = top_p(top_k(wanted, k) if k else wanted, p).softmax(-1)
    np.testing.assert_allclose(filtered(logits.numpy(), *dials), wanted, atol=1e-6)


@pytest.mark.skipif(shutil.which("node") is None, reason="NO NODE: install node to test the explorers' JavaScript")
@pytest.mark.parametrize("dials", [(1.0, 0, 1.0), (0.5, 3, 1.0), (2.0, 0, 0.6), (1.0, 0, 0.0)])
def test_dials_have_a_twin(dials):
    logits = np.random.default_rng(0).normal(size=30)
    got = ask(
        "next_token/data.js",
        "(o => [o, M.filtered(D.z, o, ...D.dials)])(M.ranked(D.z))",
        {"z": logits.tolist(), "dials": dials},
    )
    order, p = np.array(got[0]), np.array(got[1])
    np.testing.assert_allclose(p, filtered(logits, *dials)[order], atol=1e-12)
    assert ask("next_token/data.js", "D.map(M.visible)", LETTERS) == [visible(letter) for letter in LETTERS]


def test_a_head_looks_as_the_browser_reads_it():
    widget = explorer("abc")
    given = {"bytes": list(widget.weights), "size": widget.size}
    got = ask(
        "next_token/data.js",
        "[0, 1].map(l => [0, 1, 2].map(h => M.rowOf(Uint8Array.from(D.bytes), D.size, 4, l, h, 2)))",
        given,
    )
    np.testing.assert_allclose(got, widget.reading.weights[:, :, 2], atol=5e-3)


def test_the_picture_and_the_words_stand_beside_the_widget():
    widget = explorer("ab c")
    widget.layer, widget.head, widget.k = 1, 1, 2
    data, metadata = widget._repr_mimebundle_()
    assert set(data) == {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}
    assert metadata["image/png"]["alt"] == data["text/plain"] == widget.describe()
    assert "after “ab c”: “d” 62%, “e” 38% (temperature 1, top-k 2)" in widget.describe()
    assert "Layer 1, head 1: “c” looks at “c” 100%" in widget.describe()
    assert Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).width > 600


def test_the_picture_shows_what_the_dials_leave():
    widget = explorer("ab c")
    widget.p = 0.5
    bars, looks = widget.picture().axes
    np.testing.assert_allclose([patch.get_width() for patch in bars.patches[:3]], widget.probabilities()[[3, 4, 5]])
    assert bars.patches[2].get_width() == 0
    widget.head, widget.place = 1, 2
    looks = widget.picture().axes[1]
    assert [patch.get_width() for patch in looks.patches] == [0, 1, 0], "head 1 looks at the token before"
    assert [label.get_text() for label in looks.get_yticklabels()] == ["<|end|>", "a", "b"]


def test_dials_are_checked_at_the_door():
    widget = explorer("ab")
    for name, value in {"temperature": 0.0, "k": -1, "p": 1.5, "layer": 2, "head": 3, "place": 3}.items():
        with pytest.raises(traitlets.TraitError, match=f"{name} .*lies between"):
            setattr(widget, name, value)


def test_what_goes_wrong_is_told_to_the_page(monkeypatch):
    sent = []
    monkeypatch.setattr(Explorer, "send", lambda self, message, buffers=None: sent.append(message))
    widget = explorer("ab")
    widget._handle_custom_msg({"ask": "v 1", "text": "a" * 10_001}, [])
    assert "too long to type" in sent[-1]["error"]
    assert widget.text == "ab"


@pytest.mark.parametrize(
    ("logits", "weights", "words"),
    [
        (np.zeros((3, 5)), np.eye(4)[None, None], "has logits"),
        (np.zeros(5), np.eye(3)[None, None], "has logits"),
        (np.full((3, 5), np.nan), np.eye(3)[None, None], "not finite"),
        (np.zeros((3, 5)), np.ones((1, 1, 3, 3)), "no distributions"),
        (np.zeros((3, 5)), np.full((1, 1, 3, 3), 1 / 3), "comes after it"),
    ],
)
def test_a_reading_that_is_none_is_named(logits, weights, words):
    with pytest.raises(ValueError, match=words):
        Reading(logits, weights)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="nothing stands before the text"):
        NextTokenExplorer(read, encode, decode, len(LETTERS), "")
    with pytest.raises(ValueError, match="gave logits"):
        NextTokenExplorer(read, encode, lambda tokens: "x", 5, "ab")
    with pytest.raises(ValueError, match="too many for one explorer"):
        explorer("a" * 500, length=500)
    widget = NextTokenExplorer(read, encode, decode, len(LETTERS), "a")
    with pytest.raises(ValueError, match="no token to read"):
        widget.answer({"back": True})
