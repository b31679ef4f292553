"""The Python half of the gate explorer: no browser, no kernel."""

import base64
import io

import numpy as np
import pytest
import torch
import traitlets
from PIL import Image

from labkit.show.gates.data import GateTrace, GradientDial
from labkit.show.gates.explorer import GateExplorer
from labkit.show.gates.picture import LEAST, in_words, overview
from show.gates.examples import STEPS, dials, example, large, read, traces

HALF = np.full((3, 2), 0.5)


def size(widget: GateExplorer) -> int:
    return sum(len(v if isinstance(v, bytes) else str(v).encode()) for v in widget.get_state().values())


@pytest.mark.parametrize(
    ("signals", "words"),
    [
        ({}, "a signal at least"),
        ({"hidden": np.zeros(3)}, r"\(sequences, steps, units\) or \(steps, units\), not \(3,\)"),
        ({"hidden": np.zeros((3, 0))}, r"not \(1, 3, 0\)"),
        ({"hidden": HALF, "cell": HALF[:2]}, "one shape"),
        ({"hidden": HALF * np.nan}, "not finite"),
        ({"forget": 2 * HALF + 0.1}, r"gate 'forget' runs from 1\.1 to 1\.1"),
        ({"update": -HALF}, "gate 'update'"),
    ],
)
def test_a_bad_trace_is_named_at_the_door(signals, words):
    with pytest.raises(ValueError, match=words):
        GateTrace(signals)


@pytest.mark.parametrize(
    ("values", "norms", "words"),
    [
        ([1, 2], {}, "2 settings, distances"),
        ([1, 2], {"a": np.ones((3, 4))}, r"not \{'a': \(3, 4\)\}"),
        ([1], {"a": np.ones((1, 4)), "b": np.ones((1, 5))}, "for each network"),
        ([1], {"a": -np.ones((1, 4))}, "negative"),
    ],
)
def test_a_bad_dial_is_named_at_the_door(values, norms, words):
    with pytest.raises(ValueError, match=words):
        GradientDial(values, norms)


def test_what_does_not_fit_together_is_named_at_the_door():
    both = traces()
    with pytest.raises(ValueError, match="one network at least"):
        GateExplorer({})
    with pytest.raises(ValueError, match="of the same sequences and steps"):
        GateExplorer(both | {"other": GateTrace({"hidden": HALF})})
    with pytest.raises(ValueError, match=r"\(2, 40, 1\), not \(2, 40, 2\)"):
        GateExplorer(both, read=read(), features=["number"])
    with pytest.raises(ValueError, match="3 labels for 40 steps"):
        GateExplorer(both, labels=list("abc"))
    with pytest.raises(ValueError, match="too many for one explorer"):
        GateExplorer(traces(6, 60, 64))


def test_tensors_are_taken_as_they_come():
    trace = GateTrace({"hidden": torch.randn(3, 4, requires_grad=True), "forget": torch.rand(3, 4).bfloat16()})
    assert trace.shape == (1, 3, 4)
    assert trace.signals["forget"].dtype == np.float32


def test_state_round_trip():
    explorer = example(beside="Elman")
    state = explorer.get_state()
    sent = np.frombuffer(state["signals"], "<f4")
    numbers = [values.ravel() for trace in traces().values() for values in trace.signals.values()]
    np.testing.assert_array_equal(sent, np.concatenate(numbers).astype(np.float32))
    assert [meta["shape"] for meta in state["networks"]] == [[2, 40, 12], [2, 40, 8], [2, 40, 12]]
    np.testing.assert_array_equal(np.frombuffer(state["reads"], "<f4").reshape(2, 40, 2), read().astype(np.float32))
    assert [(dial["name"], dial["distances"]) for dial in state["dials"]] == [
        ("recurrent scale", STEPS),
        ("sequence length", STEPS),
    ]
    norms = np.frombuffer(state["norms"], "<f4").reshape(3, 3, STEPS)
    np.testing.assert_allclose(norms[1, 0], 0.3 ** np.arange(STEPS), rtol=1e-5)
    assert np.isnan(norms[2, 0, 10:]).all()


def test_the_largest_keeps_to_the_budget():
    assert size(large()) <= 500_000


def test_front_end_message_moves_the_choice():
    explorer = example()
    chosen = {"network": "GRU", "beside": "LSTM", "sequence": 1, "step": 39, "unit": 11, "locked": True}
    chosen |= {"dial": "sequence length", "setting": 2}
    data = {"method": "update", "state": chosen, "buffer_paths": []}
    explorer._handle_msg({"content": {"data": data}, "buffers": []})  # what the comm delivers
    assert {name: getattr(explorer, name) for name in chosen} == chosen


def test_only_what_changed_is_sent(monkeypatch):
    explorer, sent = example(), []
    monkeypatch.setattr(explorer, "_send", lambda message, buffers=None: sent.append((message["state"], buffers)))
    explorer.step = 4
    assert sent == [({"step": 4}, [])]


def test_a_choice_that_is_not_there_is_an_error():
    explorer = example()
    for name, value, words in (
        ("network", "RNN", r"no network 'RNN': choose one of \['LSTM', 'GRU', 'Elman'\]"),
        ("network", "", "no network ''"),
        ("beside", "RNN", "no beside"),
        ("dial", "radius", "no dial"),
        ("sequence", 2, "sequence 2: choose from 0 to 1"),
        ("step", 40, "step 40: choose from 0 to 39"),
        ("unit", 12, "unit 12: choose from 0 to 11"),
        ("setting", 3, "setting 3: choose from 0 to 2"),
    ):
        with pytest.raises(traitlets.TraitError, match=words):
            setattr(explorer, name, value)


def test_another_dial_pulls_the_setting_in():
    flows = dials() | {"one": GradientDial([1.0], {"LSTM": np.ones((1, 4))})}
    explorer = GateExplorer(traces(), dials=flows)
    explorer.setting = 2
    explorer.dial = "one"
    assert explorer.setting == 0


def test_the_picture_and_the_words_stand_beside_the_widget():
    explorer = GateExplorer({"net": GateTrace({"hidden": -HALF, "forget": HALF / 2})})
    data, metadata = explorer._repr_mimebundle_()
    assert set(data) == {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"}
    said = "Gate explorer, net, step 0 (0 of 3), unit 0: hidden -0.50, forget 0.25."
    assert metadata["image/png"]["alt"] == data["text/plain"] == repr(explorer) == said
    assert Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).width > 600


def test_words_follow_the_choice_and_a_unit_that_is_not_there_is_the_last():
    explorer = example()
    explorer.network, explorer.unit, explorer.setting = "GRU", 11, 1
    words = explorer.describe()
    assert "unit 7: hidden" in words
    assert "recurrent scale 1: gradient at the farthest step LSTM 0.016, Elman 2.2e-09" in words
    explorer.dial = "sequence length"
    assert f"LSTM {0.95**19:.2g}" in explorer.describe()
    assert in_words("forget") == "forget gate"
    assert in_words("candidate") == "candidate"


def test_the_picture_shows_values_where_they_are():
    explorer = example(beside="Elman")
    explorer.sequence, explorer.step, explorer.unit, explorer.setting = 1, 7, 3, 2
    shown = {name: explorer.traces[name].signals for name in ("LSTM", "Elman")}
    figure = overview(shown, explorer.flows["recurrent scale"], explorer, (1, 7, 3))
    drawn = {axes.get_title(): axes for axes in figure.axes if axes.get_title()}
    strip = next(axes for axes in figure.axes if axes.get_title() == "forget gate")
    np.testing.assert_array_equal(strip.images[0].get_array(), shown["LSTM"]["forget"][1].T)
    lines = next(axes for axes in figure.axes if axes.get_title() == "unit 3 over time").lines
    np.testing.assert_array_equal(lines[1].get_ydata(), shown["LSTM"]["cell"][1, :, 3])
    flow = drawn["Gradient against distance, recurrent scale 2"]
    np.testing.assert_allclose(flow.lines[1].get_ydata(), np.maximum(1.2 ** np.arange(STEPS), LEAST), rtol=1e-5)


def test_large_pictures_stay_small():
    assert len(base64.b64decode(large()._repr_mimebundle_()[0]["image/png"])) < 160_000
