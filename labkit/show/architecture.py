"""A model as a picture: boxes for its parts, arrows with the shapes that flow between them."""

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure
from torch import nn

from labkit.show.diagram.folding import folded, pruned
from labkit.show.diagram.nodes import Node
from labkit.show.diagram.picture import Drawing
from labkit.show.diagram.tracing import trace
from labkit.show.kit.picture import bundle, png
from labkit.show.shapes import written


class Diagram:
    """Run a model once on an example and draw what it calls, with the shape of every result.

    `depth` says how many boxes stand in one another; `axes` maps letters to sizes (`{"b": 2, "t": 10, "d": 64}`; sizes
    that differ leave nothing to guess); `columns` names two parts that stand side by side, as encoder and decoder:
    what is called up to the end of the first is on the left. Equal neighbors are drawn once, as "× 3".
    """

    def __init__(
        self,
        model: nn.Module,
        *inputs: Any,
        depth: int = 2,
        axes: Mapping[str, int] | None = None,
        columns: tuple[str, str] | None = None,
        title: str = "",
    ):
        self.axes, self.columns = dict(axes or {}), columns
        self.title = title or type(model).__name__
        self.root = pruned(folded(trace(model, inputs)), depth)
        if columns is not None:
            called = [call.name for call in self.root.calls]
            missing = [name for name in columns if name not in called]
            if missing:
                raise ValueError(f"columns {missing}: the model calls {called}, and no such part at its top level")

    def figure(self) -> Figure:
        """Draw the model, from its inputs at the top to its output at the bottom."""
        split = None
        if self.columns is not None:
            split = next(call for call in self.root.nodes if call.name == self.columns[0])
        return Drawing(self.axes, self.title, self.root).figure(split)

    def table(self) -> list[tuple[str, str, str, str]]:
        """Return (name, type, shape, parameters) of each call, indented as they stand in one another."""
        rows = [("name", "type", "output", "parameters")]
        for depth, call in list(self.root.walk())[1:]:
            shape = ", ".join(written(shape, self.axes) for shape in call.shapes)
            rows.append(("  " * (depth - 1) + short_name(call), call.kind, shape, f"{call.parameters:,}"))
        shape = ", ".join(written(shape, self.axes) for shape in self.root.shapes)
        return [*rows, ("all", self.root.kind, shape, f"{self.root.parameters:,}")]

    def describe(self) -> str:
        """Return the table as text."""
        rows = self.table()
        wide = [max(len(row[column]) for row in rows) for column in range(4)]
        return "\n".join(
            f"{name:<{wide[0]}}  {kind:<{wide[1]}}  {shape:<{wide[2]}}  {parameters:>{wide[3]}}"
            for name, kind, shape, parameters in rows
        )

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict, dict]:
        return bundle(png(self.figure()), f"{self.title}\n{self.describe()}")

    __repr__ = describe


def short_name(call: Node) -> str:
    """Return a call's own name: the last part, with the number of a list's item, and how often it is repeated."""
    parts = call.name.split(".")
    name = ".".join(parts[-2:]) if parts[-1].isdigit() and len(parts) > 1 else parts[-1]
    return name + (f" × {call.repeats}" if call.repeats > 1 else "")
