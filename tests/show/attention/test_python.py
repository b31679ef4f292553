"""The Python half of the attention explorer: no browser, no kernel."""

import base64
import io

import numpy as np
import pytest
import torch
import traitlets
from PIL import Image

from labkit.show.attention.entropy import entropy, mean_entropy, most
from labkit.show.attention.explorer import AttentionExplorer, AttentionPanel
from show.attention.examples import SOURCE, TARGET, large, translation, weights

TWO = ["a", "b"]


def panel(values=None, **kwargs) -> AttentionPanel:
    values = np.full((1, 1, 2, 2), 0.5) if values is None else values
    return AttentionPanel(values, kwargs.get("queries", TWO), kwargs.get("keys", TWO), kwargs.get("mask"))


def size(widget: AttentionExplorer) -> int:
    return sum(len(v if isinstance(v, bytes) else str(v).encode()) for v in widget.get_state().values())


def test_entropy_in_closed_form():
    rows = np.array([[1, 0, 0, 0], [0.5, 0.5, 0, 0], [0.25] * 4, [0, 0, 0, 0], [0.5, 0.25, 0.125, 0.125]], np.float64)
    np.testing.assert_allclose(entropy(rows), [0, 1, 2, 0, 1.75])
    assert not np.signbit(entropy(rows)).any()


def test_mean_entropy_counts_only_queries_that_look():
    np.testing.assert_allclose(mean_entropy(np.array([[0.5, 0.5], [0.0, 0.0]])), 1.0)


def test_the_most_entropy_is_that_of_the_keys_left_by_the_mask():
    assert most(None, 8) == 3
    assert most(np.tril(np.ones((2, 2), bool)), 2) == pytest.approx(0.5)
    causal = np.tril(np.ones((5, 5)))
    uniform = causal / causal.sum(-1, keepdims=True)
    assert most(causal.astype(bool), 5) == pytest.approx(mean_entropy(uniform))


@pytest.mark.parametrize(
    ("values", "parts", "words"),
    [
        (np.full((2, 2), 0.5), {}, r"\(layers, heads, queries, keys\).*weights\[None\]"),
        (np.full((1, 1, 2, 3), 1 / 3), {}, "2 query and 2 key tokens"),
        (np.full((1, 1, 2, 2), 0.7), {}, "sum 1.4.*softmax"),
        (np.array([[[[1.5, -0.5], [1, 0]]]]), {}, "layer 0, head 0, query 0.*least -0.5"),
        (np.full((1, 1, 2, 2), np.nan), {}, "NaN"),
        (None, {"mask": np.ones((2, 2), int)}, "must be bool"),
        (None, {"mask": np.ones((3, 2), bool)}, "does not broadcast"),
        (None, {"mask": np.tril(np.ones((2, 2), bool))}, "inverted"),
    ],
)
def test_bad_input_is_named_at_the_door(values, parts, words):
    with pytest.raises(ValueError, match=words):
        panel(values, **parts)


def test_no_panels_is_an_error():
    with pytest.raises(ValueError, match="no panels"):
        AttentionExplorer({})


def test_a_query_that_may_look_nowhere_has_a_row_of_zeros():
    values = np.array([[[[0.0, 0.0], [0.5, 0.5]]]])
    shown = AttentionExplorer({"all": panel(values, mask=np.array([[False, False], [True, True]]))})
    assert "may look nowhere" in shown.describe()


def test_tensors_are_taken_as_they_come():
    values = torch.full((1, 1, 2, 2), 0.5, requires_grad=True)
    mask = torch.ones(1, 1, 2, 2, dtype=torch.bool)
    np.testing.assert_array_equal(panel(values, mask=mask).weights, 0.5)
    np.testing.assert_array_equal(panel(values.bfloat16()).weights, 0.5)


def test_state_round_trip():
    panels = translation()
    state = AttentionExplorer(panels).get_state()
    sent = np.frombuffer(state["weights"], "<f4")
    assert state["encoding"] == "float32"
    np.testing.assert_array_equal(sent, np.concatenate([panel.weights.ravel() for panel in panels.values()]))
    assert [meta["shape"] for meta in state["panels"]] == [[2, 4, 16, 16], [2, 4, 11, 11], [2, 4, 11, 16]]
    mask = np.frombuffer(state["masks"], np.uint8).reshape(11, 11)
    np.testing.assert_array_equal(mask, np.tril(np.ones((11, 11))))
    assert "export default" in state["_esm"]


def test_large_attention_keeps_to_the_budget():
    explorer = AttentionExplorer(large())
    assert explorer.encoding == "float16"
    assert size(explorer) <= 500_000


def test_larger_attention_goes_by_bytes_and_the_largest_is_refused():
    twice = {name: large()["self-attention"] for name in ("first", "second")}
    explorer = AttentionExplorer(twice)
    assert explorer.encoding == "uint8"
    assert size(explorer) <= 500_000
    with pytest.raises(ValueError, match="too many for one explorer"):
        AttentionExplorer({name: large()["self-attention"] for name in "abc"})


def test_front_end_message_moves_the_choice():
    explorer = AttentionExplorer(translation())
    chosen = {"panel": "cross-attention", "layer": 1, "head": 3, "token": 10, "locked": True}
    data = {"method": "update", "state": chosen, "buffer_paths": []}
    explorer._handle_msg({"content": {"data": data}, "buffers": []})  # what the comm delivers
    assert {name: getattr(explorer, name) for name in chosen} == chosen


def test_only_what_changed_is_sent(monkeypatch):
    explorer, sent = AttentionExplorer(translation()), []
    monkeypatch.setattr(explorer, "_send", lambda message, buffers=None: sent.append((message["state"], buffers)))
    explorer.token = 4
    assert sent == [({"token": 4}, [])]


def test_a_choice_out_of_range_is_an_error_and_another_panel_pulls_it_in():
    explorer = AttentionExplorer(translation(), token=15)
    with pytest.raises(traitlets.TraitError, match="layer 2: choose from 0 to 1"):
        explorer.layer = 2
    with pytest.raises(traitlets.TraitError, match="no panel 'encoder'"):
        explorer.panel = "encoder"
    explorer.panel = "decoder self-attention"
    assert explorer.token == len(TARGET) - 1


def test_the_picture_and_the_words_stand_beside_the_widget():
    explorer = AttentionExplorer({"all": panel(np.array([[[[0.75, 0.25], [0, 1.0]]]]))})
    data, metadata = explorer._repr_mimebundle_()
    assert set(data) == {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}
    assert metadata["image/png"]["alt"] == data["text/plain"] == explorer.describe()
    assert "“a” looks at “a” 75%, “b” 25% (entropy 0.81 bits)" in data["text/plain"]
    assert " at 0x" not in data["text/plain"]
    assert Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).width > 600


def test_the_picture_shows_weights_where_they_are():
    """The brightest spot of a head that looks at one key only lies in that key's column."""
    from labkit.show.attention.picture import overview

    values = np.zeros((1, 1, 3, 4))
    values[..., 2] = 1
    figure = overview(values, list("abc"), list("wxyz"), None, (0, 0), "one head")
    axes = next(axes for axes in figure.axes if axes.get_title("left") == "one head")
    np.testing.assert_array_equal(axes.images[0].get_array(), values[0, 0])
    assert [label.get_text() for label in axes.get_xticklabels()] == list("wxyz")


def test_large_pictures_stay_small():
    assert len(base64.b64decode(AttentionExplorer(large())._repr_mimebundle_()[0]["image/png"])) < 120_000


def test_examples_are_distributions():
    values, mask = weights((1, 2, len(SOURCE), len(SOURCE)), causal=True)
    np.testing.assert_allclose(values.sum(-1), 1)
    assert (values[..., ~mask] == 0).all()
