"""What a small LSTM, a GRU and an Elman network might go through, for tests of the gate explorer."""

import numpy as np

from labkit.show.gates.data import GateTrace, GradientDial
from labkit.show.gates.explorer import GateExplorer

STEPS = 40


def traces(sequences: int = 2, steps: int = STEPS, units: int = 12) -> dict[str, GateTrace]:
    draw = np.random.default_rng(0)

    def gate() -> np.ndarray:
        return 1 / (1 + np.exp(-2 * draw.normal(size=(sequences, steps, units))))

    def state(size: float) -> np.ndarray:
        return size * np.tanh(draw.normal(size=(sequences, steps, units)))

    lstm = {"hidden": state(1), "cell": state(3), "input": gate(), "forget": gate(), "output": gate()}
    gru = {"hidden": state(1), "reset": gate(), "update": gate(), "candidate": state(1)}
    return {
        "LSTM": GateTrace(lstm),
        "GRU": GateTrace({name: values[:, :, :8] for name, values in gru.items()}),
        "Elman": GateTrace({"hidden": state(1)}),
    }


def dials(steps: int = STEPS) -> dict[str, GradientDial]:
    back = np.arange(steps)
    scales = [0.5, 1.0, 2.0]
    norms = {"LSTM": [(0.9 * scale**0.05) ** back for scale in scales], "Elman": [(0.6 * s) ** back for s in scales]}
    lengths = [10, 20, steps]
    short = {"LSTM": [np.where(back < n, 0.95**back, np.nan) for n in lengths]}
    return {"recurrent scale": GradientDial(scales, norms), "sequence length": GradientDial(lengths, short)}


def read(sequences: int = 2, steps: int = STEPS) -> np.ndarray:
    draw = np.random.default_rng(1)
    marks = np.zeros((sequences, steps))
    marks[:, [5, steps - 10]] = 1
    return np.stack([draw.random((sequences, steps)), marks], axis=-1)


def example(**kwargs) -> GateExplorer:
    return GateExplorer(traces(), read=read(), features=["number", "marked"], dials=dials(), **kwargs)


def large() -> GateExplorer:
    """Near the budget: 60 steps, 64 units, 11 signals, two sequences."""
    return GateExplorer(traces(2, 60, 64), dials=dials(60), beside="Elman")
