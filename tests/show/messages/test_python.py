"""The Python half of the message explorer: no browser, no kernel."""

import base64
import io

import numpy as np
import pytest
import traitlets
from PIL import Image

from labkit.show.messages.data import Rounds, Smoothing
from labkit.show.messages.explorer import MessageExplorer
from labkit.show.messages.picture import CLASSES, believed
from show.messages.examples import explorer, large, rounds, smoothing

PATH = np.array([[0, 1, 1, 2], [1, 0, 2, 1]])


def on_a_path() -> Rounds:
    """Three nodes in a row; each round hands everything over, the middle in equal shares."""
    weights = np.array([1.0, 0.5, 1.0, 0.5])  # 0 to 1, 1 to 0, 1 to 2, 2 to 1
    return Rounds(np.full((3, 3, 2), 0.5), PATH, np.stack([weights, weights])[:, None])


def test_influence_in_closed_form():
    path = on_a_path()
    np.testing.assert_allclose(path.influence(0, 0), [1, 0, 0])
    np.testing.assert_allclose(path.influence(0, 1), [0, 1, 0])
    np.testing.assert_allclose(path.influence(0, 2), [2 / 3, 0, 1 / 3])  # paths 0-1-0: 1 x 0.5, 2-1-0: 0.5 x 0.5


def test_influence_is_the_gradient_of_linear_rounds():
    import torch

    shown = rounds(12, 3, 2)
    x = torch.eye(12, dtype=torch.double, requires_grad=True)
    h = x
    for weights in shown.weights.mean(1):
        messages = torch.from_numpy(weights).double()[:, None] * h[shown.edges[0]]
        h = torch.zeros_like(h).index_add(0, torch.from_numpy(shown.edges[1]), messages)
    expected = h[4].detach().numpy()
    np.testing.assert_allclose(shown.influence(4, 3), expected / expected.sum(), rtol=1e-5)
    assert not np.allclose(shown.influence(4, 3, head=0), shown.influence(4, 3, head=1))


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ((np.full((3, 3, 2), 0.7), PATH, np.ones((2, 1, 4))), "sum to one"),
        ((np.full((3, 3, 2), 0.5), PATH, np.ones((3, 1, 4))), r"\(2, h, 4\), not \(3, 1, 4\)"),
        ((np.full((3, 3, 2), 0.5), PATH, np.ones((2, 4))), "not "),
        ((np.full((3, 2, 2), 0.5), PATH, np.ones((2, 1, 4))), "between 2 nodes"),
    ],
)
def test_bad_rounds_are_named_at_the_door(parts, words):
    with pytest.raises(ValueError, match=words):
        Rounds(*parts)


def test_bad_explorers_are_named_at_the_door():
    with pytest.raises(ValueError, match="no networks"):
        MessageExplorer({}, [0, 1])
    with pytest.raises(ValueError, match="2 labels, but 'path' has 3 nodes"):
        MessageExplorer({"path": on_a_path()}, [0, 1])
    with pytest.raises(ValueError, match="2 names for 3 nodes"):
        MessageExplorer({"path": on_a_path()}, [0, 1, 1], names=["a", "b"])
    with pytest.raises(ValueError, match="3 labels, but 'deep' has 5 nodes"):
        MessageExplorer({"path": on_a_path()}, [0, 1, 1], {"deep": smoothing(5, 4, 0.5)})
    with pytest.raises(ValueError, match="depths"):
        Smoothing(np.zeros((3, 5, 2)), np.zeros(4))


def test_state_round_trip():
    shown = explorer(12)
    state = shown.get_state()
    numbers, links = np.frombuffer(state["numbers"], "<f4"), np.frombuffer(state["links"], "<u2")
    np.testing.assert_allclose(numbers[:24].reshape(12, 2), shown.places, rtol=1e-6)
    first = shown.data["GCN"]
    np.testing.assert_array_equal(numbers[24 : 24 + first.probabilities.size], first.probabilities.ravel())
    np.testing.assert_array_equal(links[: first.edges.size].reshape(2, -1), first.edges)
    assert np.frombuffer(state["labels"], np.uint8).tolist() == shown.truth.tolist()
    assert len(numbers) == 24 + sum(one.probabilities.size + one.weights.size for one in shown.data.values()) + sum(
        one.places.size + one.apart.size for one in shown.depths.values()
    )
    assert "export default" in state["_esm"]


def test_two_hundred_nodes_keep_to_the_budget_and_more_are_refused():
    state = large().get_state()
    assert sum(len(v if isinstance(v, bytes) else str(v).encode()) for v in state.values()) <= 500_000
    with pytest.raises(ValueError, match="too many for one explorer"):
        MessageExplorer({"GAT": rounds(2000, 3, 8)}, np.zeros(2000), {"deep": smoothing(2000, 32, 0.9)})


def test_front_end_message_moves_the_choice():
    shown = explorer(12)
    chosen = {"view": "GAT", "round": 1, "head": 2, "node": 7, "depth": 20, "locked": True}
    data = {"method": "update", "state": chosen, "buffer_paths": []}
    shown._handle_msg({"content": {"data": data}, "buffers": []})  # what the comm delivers
    assert {name: getattr(shown, name) for name in chosen} == chosen


def test_a_choice_out_of_range_is_an_error_and_another_network_pulls_it_in():
    shown = explorer(12)
    for name, value in (("round", 4), ("head", 1), ("node", 12), ("depth", 32), ("head", -2)):
        with pytest.raises(traitlets.TraitError, match=f"{name} {value}: choose from"):
            setattr(shown, name, value)
    with pytest.raises(traitlets.TraitError, match="no network 'SAGE'"):
        shown.view = "SAGE"
    assert shown.round == 0, "the film begins at its beginning"
    shown.round = 3
    shown.view = "GAT"
    assert shown.round == 2


def test_the_picture_and_the_words_stand_beside_the_widget():
    shown = MessageExplorer({"path": on_a_path()}, [0, 1, 1], names=["ann", "bob", "cyd"], node=0)
    shown.round = len(shown.shown.weights)
    data, metadata = shown._repr_mimebundle_()
    assert set(data) == {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}
    assert metadata["image/png"]["alt"] == data["text/plain"] == shown.describe()
    assert "heard from 2 of 3 nodes, most from ann 67%, cyd 33%" in data["text/plain"]
    assert " at 0x" not in data["text/plain"]
    assert Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).width > 600
    assert len(base64.b64decode(explorer(150)._repr_mimebundle_()[0]["image/png"])) < 120_000


def test_colors_say_the_class_and_how_sure():
    sure, unsure = believed(np.array([[0.0, 1.0], [0.5, 0.5]]))
    assert tuple(round(255 * c) for c in sure) == tuple(bytes.fromhex(CLASSES[1][1:]))
    assert len({round(c, 1) for c in unsure}) == 1  # gray
