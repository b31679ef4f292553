"""What an explorer's traits may hold, said where they are declared.

    fields = array("uint8", "games moments side side")
    panel = choice("data")
    layer = index(lambda self: len(self.shown.weights), follows="panel")

Axes are names or numbers; a name has one size in all arrays of an explorer.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import traitlets

from labkit.show.kit.arrays import to_numpy


class Array(traitlets.TraitType):
    """Numbers of one dtype whose axes have names; the page gets dtype, shape and bytes (values.js: `numbers`)."""

    def __init__(self, dtype: str, axes: str):
        super().__init__(np.empty(0, dtype))
        self.dtype, self.axes = np.dtype(dtype).newbyteorder("<"), axes.split()
        self.tag(sync=True, to_json=lambda value, _: packed(value), from_json=lambda sent, _: unpacked(sent))

    def validate(self, obj: Any, value: Any) -> np.ndarray:
        """Return a numpy array. Raises TraitError for other axes, and for values not finite or not of the dtype."""
        value = to_numpy(value)
        sizes = obj.__dict__.setdefault("_sizes", {})
        fits = value.ndim == len(self.axes) and all(
            size == (int(axis) if axis.isdigit() else sizes.get(axis, (size, ""))[0])
            for axis, size in zip(self.axes, value.shape, strict=True)
        )
        if not fits:
            known = {axis: sizes[axis] for axis in self.axes if axis in sizes}
            said = "".join(f"; {axis} is {size} in {name}" for axis, (size, name) in known.items())
            raise traitlets.TraitError(f"{self.name} is ({', '.join(self.axes)}), not {value.shape}{said}")
        with np.errstate(all="ignore"):
            found = value.astype(self.dtype)
        if not np.isfinite(value).all() or (self.dtype.kind in "iu" and (found != value).any()):
            raise traitlets.TraitError(f"{self.name} holds a number that is not finite, or no {self.dtype.name}")
        for axis, size in zip(self.axes, value.shape, strict=True):
            sizes.setdefault(axis, (size, self.name))
        return found

    def set(self, obj: Any, value: Any) -> None:
        """Set; numpy's == has many answers, and traitlets wants one: an equal array is no change."""
        value = self.validate(obj, value)
        old = obj._trait_values.get(self.name)
        if old is None or not np.array_equal(old, value):
            obj._trait_values[self.name] = value
            obj._notify_trait(self.name, old, value)


def packed(value: np.ndarray) -> dict[str, Any]:
    """Return an array as it travels: ipywidgets sends a memoryview as a buffer of its own."""
    return {
        "dtype": value.dtype.name,
        "shape": value.shape,
        "data": memoryview(np.ascontiguousarray(value).reshape(-1).view("u1")),
    }


def unpacked(sent: dict[str, Any]) -> np.ndarray:
    """Return what `packed` was given."""
    return np.frombuffer(sent["data"], np.dtype(sent["dtype"]).newbyteorder("<")).reshape(sent["shape"])


class _Checked(traitlets.TraitType):
    """A trait that is checked against what the explorer has, once all traits of a message are set."""

    def _cross_validate(self, obj: Any, value: Any) -> Any:
        return self.checked(obj, super()._cross_validate(obj, value))


class Choice(_Checked, traitlets.Unicode):
    """One of the names that an attribute of the explorer has."""

    def __init__(self, of: str, empty: bool = False):
        super().__init__()
        self.of, self.empty = of, empty
        self.tag(sync=True)

    def checked(self, obj: Any, value: str) -> str:
        """Return the name. Raises TraitError if there is no such."""
        names = list(getattr(obj, self.of))
        if value in names or (self.empty and not value):
            return value
        raise traitlets.TraitError(f"no {self.name} {value!r}: choose one of {names}")


class Index(_Checked, traitlets.Int):
    """A whole number from `low` up to below `size(explorer)`, kept in range when the trait `follows` changes."""

    def __init__(self, size: Callable[[Any], int], low: int = 0, follows: str = ""):
        super().__init__(low)
        self.size, self.low, self.follows = size, low, follows
        self.tag(sync=True)

    def most(self, obj: Any) -> int:
        """The greatest value now."""
        return max(self.size(obj) - 1, self.low, 0)

    def checked(self, obj: Any, value: int) -> int:
        """Return the number. Raises TraitError out of range."""
        if self.low <= value <= self.most(obj):
            return value
        raise traitlets.TraitError(f"{self.name} {value}: choose from {self.low} to {self.most(obj)}")


def follow(explorer: traitlets.HasTraits) -> None:
    """From now on each index comes back into range when the trait that it follows has changed."""
    for name, trait in explorer.traits().items():
        if isinstance(trait, Index) and trait.follows:
            explorer.observe(
                lambda _, name=name, trait=trait: setattr(
                    explorer, name, min(getattr(explorer, name), trait.most(explorer))
                ),
                trait.follows,
            )


array, choice, index = Array, Choice, Index
