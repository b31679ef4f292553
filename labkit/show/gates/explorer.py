"""See what a recurrent network holds in mind, step by step: the gate explorer.

Axes: n sequences, t steps, u units, f features that are read, m settings of a dial, d distances.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import traitlets
from jaxtyping import Float
from matplotlib.figure import Figure

from labkit.show.gates.data import GateTrace, GradientDial, aim_of, three_axes
from labkit.show.gates.picture import overview
from labkit.show.kit.explorer import Explorer, sources
from labkit.show.kit.traits import choice, index

BUDGET = 100_000  # numbers: 400 kB as float32
GOAL = "Find a setting of {0} at which the gradient of {1} at the farthest step is within a factor of 10 of its start."


class GateExplorer(Explorer):
    """An interactive picture of a recurrent network: gates and states over time, and gradients against distance.

    `traces` maps a network's name to a `GateTrace`; all are of the same sequences. `read` is what they read, (n, t, f)
    or (t, f), with the `features`' names; `labels` names the steps. `dials` maps a dial's name to a `GradientDial`.
    `network`, `beside` ("" for none), `sequence`, `step`, `unit`, `locked`, `dial` and `setting` can be read and set.
    """

    _esm, _css = sources("gates")

    networks = traitlets.List(traitlets.Dict()).tag(sync=True)  # name, signals, shape
    signals = traitlets.Bytes().tag(sync=True)  # float32: all signals of all networks, one after the other
    reads = traitlets.Bytes().tag(sync=True)  # float32 (n, t, f)
    features = traitlets.List(traitlets.Unicode()).tag(sync=True)
    labels = traitlets.List(traitlets.Unicode()).tag(sync=True)
    dials = traitlets.List(traitlets.Dict()).tag(sync=True)  # name, values, networks, distances
    norms = traitlets.Bytes().tag(sync=True)  # float32 (m, d) of each network of each dial
    network = choice("traces")
    beside = choice("traces", empty=True)
    sequence = index(lambda self: self.shape[0])
    step = index(lambda self: self.shape[1])
    unit = index(lambda self: max(trace.shape[2] for trace in self.traces.values()))  # each network shows what it has
    locked = traitlets.Bool(False).tag(sync=True)
    dial = choice("flows", empty=True)
    setting = index(lambda self: len(self.flows[self.dial].values) if self.dial else 1, follows="dial")
    aim = traitlets.List(traitlets.Unicode()).tag(sync=True)  # dial and network that the goal is about

    def __init__(
        self,
        traces: Mapping[str, GateTrace],
        read: Any = None,
        features: Sequence[str] = (),
        labels: Sequence[str] | None = None,
        dials: Mapping[str, GradientDial] | None = None,
        beside: str = "",
    ):
        self.traces, self.flows = dict(traces), dict(dials or {})
        steps = _common_steps(self.traces)
        self.read = _fitting(read, (*steps, len(features)))
        names = _names(labels, steps[1])
        numbers = [values for trace in self.traces.values() for values in trace.signals.values()]
        norms = [found for flow in self.flows.values() for found in flow.norms.values()]
        _within_budget(sum(part.size for part in (*numbers, *norms, self.read)))
        super().__init__(
            networks=[_meta(name, trace) for name, trace in self.traces.items()],
            signals=_packed(numbers),
            reads=_packed([self.read]),
            features=[str(name) for name in features],
            labels=names,
            dials=[_dial_meta(name, flow) for name, flow in self.flows.items()],
            norms=_packed(norms),
            network=next(iter(self.traces)),
            dial=next(iter(self.flows), ""),
        )
        self.beside = beside
        self.aim = aim_of(self.flows)
        self.goal = GOAL.format(*self.aim) if self.aim else ""

    @property
    def shape(self) -> tuple[int, int, int]:
        """(sequences, steps, units) of the chosen network."""
        return self.traces[self.network].shape

    def picture(self) -> Figure:
        """Draw the chosen networks' strips and traces, and the gradients at the chosen setting."""
        shown = [name for name in (self.network, self.beside) if name]
        point = (self.sequence, self.step, self.unit)
        return overview({name: self.traces[name].signals for name in shown}, self.flows.get(self.dial), self, point)

    def describe(self) -> str:
        """Return in a sentence what the explorer shows now."""
        trace = self.traces[self.network]
        unit = min(self.unit, trace.shape[2] - 1)
        values = [f"{name} {found[self.sequence, self.step, unit]:.2f}" for name, found in trace.signals.items()]
        where = f"{self.network}, step {self.labels[self.step]} ({self.step} of {trace.shape[1]}), unit {unit}"
        words = f"Gate explorer, {where}: {', '.join(values)}."
        if not self.dial:
            return words
        flow = self.flows[self.dial]
        ends = [f"{name} {_end(found[self.setting]):.2g}" for name, found in flow.norms.items()]
        return f"{words} {self.dial} {flow.values[self.setting]:g}: gradient at the farthest step {', '.join(ends)}."


def _common_steps(traces: Mapping[str, GateTrace]) -> tuple[int, int]:
    shapes = {name: trace.shape[:2] for name, trace in traces.items()}
    if len(set(shapes.values())) != 1:
        raise ValueError(f"pass a trace for one network at least, all of the same sequences and steps, not {shapes}")
    return next(iter(shapes.values()))


def _fitting(read: Any, wanted: tuple[int, int, int]) -> Float[np.ndarray, "n t f"]:
    found = three_axes("read", read) if read is not None else np.zeros((*wanted[:2], 0), np.float32)
    if found.shape != wanted:
        raise ValueError(f"read is (sequences, steps, features) = {wanted}, not {found.shape}")
    return found


def _names(labels: Sequence[Any] | None, steps: int) -> list[str]:
    names = [str(label) for label in (range(steps) if labels is None else labels)]
    if len(names) != steps:
        raise ValueError(f"{len(names)} labels for {steps} steps")
    return names


def _within_budget(numbers: int) -> None:
    if numbers > BUDGET:
        raise ValueError(
            f"{numbers:,} numbers are too many for one explorer (at most {BUDGET:,}): "
            "show fewer sequences, steps or units"
        )


def _packed(parts: list[np.ndarray]) -> bytes:
    return b"".join(part.astype("<f4").tobytes() for part in parts)


def _meta(name: str, trace: GateTrace) -> dict:
    return {"name": name, "signals": list(trace.signals), "shape": list(trace.shape)}


def _dial_meta(name: str, flow: GradientDial) -> dict:
    distances = next(iter(flow.norms.values())).shape[1]
    return {"name": name, "values": flow.values, "networks": list(flow.norms), "distances": distances}


def _end(norms: Float[np.ndarray, " distances"]) -> float:
    """The norm at the greatest distance that there is."""
    return float(norms[np.isfinite(norms)][-1])
