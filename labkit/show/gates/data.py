"""What the gate explorer is given: what went on in a network, and how far its gradients reach.

Axes: n sequences, t steps, u units.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from labkit.show.gates.picture import GATES
from labkit.show.kit.arrays import to_numpy


@dataclass
class GateTrace:
    """What went on in one network: arrays (sequences, steps, units) by name, or (steps, units) for one sequence.

    Names of gates (input, forget, output, reset, update) hold numbers from 0 to 1; all others are states, with a sign.
    Raises ValueError if shapes differ, a number is not finite, or a gate leaves its range.
    """

    signals: Mapping[str, Any]

    def __post_init__(self):
        if not self.signals:
            raise ValueError("a trace needs a signal at least, such as {'hidden': (steps, units)}")
        self.signals = {name: three_axes(name, values) for name, values in self.signals.items()}
        shapes = {name: values.shape for name, values in self.signals.items()}
        if len(set(shapes.values())) > 1:
            raise ValueError(f"all signals of a network have one shape, not {shapes}")
        for name, values in self.signals.items():
            if name in GATES and (values.min() < 0 or values.max() > 1):
                raise ValueError(
                    f"gate {name!r} runs from {values.min():.3g} to {values.max():.3g}: pass it as a sigmoid"
                )

    @property
    def shape(self) -> tuple[int, int, int]:
        """(sequences, steps, units)."""
        return next(iter(self.signals.values())).shape


@dataclass
class GradientDial:
    """Gradient norms (settings, distances) of each network, for each value of a dial; distance 0 is the last step.

    NaN stands where a sequence is shorter than that. Raises ValueError for shapes that do not fit, or negative norms.
    """

    values: Sequence[Any]
    norms: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self):
        self.values = [float(value) for value in self.values]
        self.norms = {name: to_numpy(found).astype(np.float32) for name, found in self.norms.items()}
        wide = {found.shape[1:] for found in self.norms.values()}
        if not self.norms or any(len(found) != len(self.values) for found in self.norms.values()) or len(wide) != 1:
            shapes = {name: found.shape for name, found in self.norms.items()}
            raise ValueError(f"norms are ({len(self.values)} settings, distances) for each network, not {shapes}")
        if any((found < 0).any() for found in self.norms.values()):
            raise ValueError("a norm is negative: pass norms, not their logarithms")


def three_axes(name: str, values: Any) -> Float[np.ndarray, "n t u"]:
    """Return float32 with an axis for the sequences. Raises ValueError for other shapes and what is not finite."""
    values = to_numpy(values).astype(np.float32)
    values = values[None] if values.ndim == 2 else values
    if values.ndim != 3 or 0 in values.shape:
        raise ValueError(f"{name!r} must be (sequences, steps, units) or (steps, units), not {values.shape}")
    if not np.isfinite(values).all():
        raise ValueError(f"{name!r} holds a number that is not finite")
    return values


def aim_of(dials: Mapping[str, GradientDial]) -> list[str]:
    """Return a dial and a network whose gradient keeps its size at few of the settings, but at one at least; or []."""
    counts = {(name, network): kept(norms) for name, dial in dials.items() for network, norms in dial.norms.items()}
    found = {aim: count.mean() for aim, count in counts.items() if count.any() and not count.all() and not count[0]}
    return list(min(found, key=found.get)) if found else []


def kept(norms: Float[np.ndarray, "settings distances"]) -> Bool[np.ndarray, " settings"]:
    """At which settings the norm at the farthest step is within a factor of 10 of that at the last one."""
    ends = np.array([row[np.isfinite(row)][-1] for row in norms])
    shares = ends / np.maximum(norms[:, 0], 1e-30)
    return (shares >= 0.1) & (shares <= 10)
