"""The gate explorer as a still picture: strips over time, the chosen unit's traces, gradients against distance."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from labkit.show.plots import label_ends, use_log_scale
from labkit.show.style import COLOR, DIVERGING, MAGNITUDE

GATES = ("input", "forget", "output", "reset", "update")
OCHRE = "#8A6D00"  # orange is too light for words
TRACE = {
    "input": COLOR["blue"],
    "forget": OCHRE,
    "output": COLOR["green"],
    "reset": COLOR["blue"],
    "update": OCHRE,
    "candidate": COLOR["gray"],
    "cell": COLOR["vermilion"],
    "hidden": COLOR["black"],
}
NETWORK = [COLOR["blue"], COLOR["vermilion"], COLOR["green"], "#7B52C7", OCHRE, "#C23B68"]
LEAST = 1e-12  # what is smaller is drawn here

Signals = Mapping[str, Float[np.ndarray, "n t u"]]


def in_words(signal: str) -> str:
    """A signal's name as a heading: 'forget gate', 'hidden state'."""
    return f"{signal} gate" if signal in GATES else f"{signal} state" if signal in ("hidden", "cell") else signal


def overview(shown: Mapping[str, Signals], flow: Any, explorer: Any, point: tuple[int, int, int]) -> Figure:
    """Draw each network as a column of strips with the traces of a unit below, and under both the gradients."""
    rows = max(len(signals) for signals in shown.values()) + 1
    height = 0.6 * rows + 1.9 + (2.1 if flow is not None else 0.0)
    figure = Figure(figsize=(5.2 * max(len(shown), 1.6), height), dpi=88, layout="constrained")
    parts = figure.subfigures(2, 1, height_ratios=(0.6 * rows + 1.9, 2.1)) if flow is not None else [figure]
    for column, (name, signals) in zip(np.atleast_1d(parts[0].subfigures(1, len(shown))), shown.items(), strict=True):
        axes = column.subplots(rows + 1, 1, sharex=True, height_ratios=[*[1] * rows, 1.9])
        column.suptitle(name, size=10.5, weight="bold")
        _read(axes[0], explorer.read[point[0]], explorer.features)
        _strips(axes[1:-1], signals, point)
        _traces(axes[-1], signals, point, explorer.labels)
    if flow is not None:
        _gradients(parts[1].subplots(), flow, explorer.dial, explorer.setting)
    return figure


def _read(axes: Axes, read: Float[np.ndarray, "t f"], features: list[str]) -> None:
    axes.set_axis_off()
    if features:
        axes.imshow(read.T, aspect="auto", interpolation="nearest", cmap=MAGNITUDE, vmin=0, vmax=1)
        axes.set_title(f"what is read: {', '.join(features)}", size=9, pad=2)


def _strips(axes: np.ndarray, signals: Signals, point: tuple[int, int, int]) -> None:
    for axis in axes[len(signals) :]:
        axis.set_axis_off()
    for axis, (signal, values) in zip(axes, signals.items(), strict=False):
        limit = max(1.0, float(np.abs(values).max()))
        gate = signal in GATES
        look = {"cmap": MAGNITUDE, "vmin": 0, "vmax": 1} if gate else {"cmap": DIVERGING, "vmin": -limit, "vmax": limit}
        picture = axis.imshow(values[point[0]].T, aspect="auto", interpolation="nearest", **look)
        axis.set_title(in_words(signal), size=9, pad=2)
        axis.axvline(point[1], color="white" if gate else "black", linewidth=0.8)
        axis.set(yticks=[])
        axis.grid(False)
        axis.figure.colorbar(picture, ax=axis, fraction=0.03, pad=0.01).ax.tick_params(labelsize=7)


def _traces(axes: Axes, signals: Signals, point: tuple[int, int, int], labels: list[str]) -> None:
    sequence, step, unit = point
    unit, ends = min(unit, next(iter(signals.values())).shape[2] - 1), []
    for signal, values in signals.items():
        line, color = values[sequence, :, unit], TRACE.get(signal, COLOR["purple"])
        axes.plot(line, color=color, linewidth=1.4)
        ends.append((float(line[-1]), signal, color))
    axes.axvline(step, color=COLOR["gray"], linewidth=0.8)
    every = -(-len(labels) // 12)
    axes.set_xticks(range(0, len(labels), every), labels[::every], size=8)
    reach = 1.05 * max(1.0, *(np.abs(values[sequence, :, unit]).max() for values in signals.values()))
    axes.set(ylim=(-reach, reach), xlabel="step", ylabel="value", xlim=(-0.5, len(labels) - 0.5))
    axes.set_title(f"unit {unit} over time", size=9, pad=2)
    label_ends(axes, ends)


def _gradients(axes: Axes, flow: Any, dial: str, setting: int) -> None:
    ends = []
    for n, (name, norms) in enumerate(flow.norms.items()):
        found = np.maximum(norms[setting][np.isfinite(norms[setting])], LEAST)
        axes.plot(found, color=NETWORK[n % len(NETWORK)])
        ends.append((float(found[-1]), name, NETWORK[n % len(NETWORK)]))
    axes.set(xlabel="distance from the last step", ylabel="norm of the gradient")
    axes.set_title(f"Gradient against distance, {dial} {flow.values[setting]:g}")
    use_log_scale(axes)
    label_ends(axes, ends)
