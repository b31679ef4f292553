"""Drawing a placed model with matplotlib."""

import textwrap
from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from labkit.show.diagram.nodes import Node, Shape, flow
from labkit.show.diagram.operations import SYMBOLS
from labkit.show.diagram.placing import HEAD, LEAF, Placing
from labkit.show.diagram.plan import plan
from labkit.show.diagram.scene import Line, Spot
from labkit.show.diagram.words import LETTER, label_of, name_of, operation_text, right_of
from labkit.show.shapes import UNNAMED, colored, written
from labkit.show.style import DIMENSION, DIMENSION_NAME

MARGIN, TITLE, LEAST = 0.2, 0.24, 4.6  # inches: around everything, a line of the title, the width of a picture
SMALL, NORMAL = 8.5, 9.5  # points
FILL = {
    "attention": "#CFE4F3",
    "embed": "#E8D9F3",
    "position": "#E8D9F3",
    "norm": "#F6EFC4",
    "linear": "#FBE0C6",
    "feed": "#FBE0C6",
    "conv": "#CDEBE0",
    "pool": "#DDF1EA",
}
OUTER = ["#FFFFFF", "#F3F5F7"]  # containers in one another alternate
LINE, LANE, EDGE, INK = "#555B62", "#C04F00", "#8A9199", "#1F2328"


class Drawing:
    """The picture of one traced model; `axes` gives letters to sizes."""

    def __init__(self, axes: Mapping[str, int], title: str, root: Node):
        self.axes, self.title, self.root = axes, title, root

    def figure(self, split: Node | None = None) -> Figure:
        """Draw the model, from its inputs at the top to its output at the bottom; what follows `split` on the right."""
        placing = Placing(self._letters)
        made = plan(self.root, flow(self.root), split=split)
        wide, tall = placing.size(made)
        width = 2 * MARGIN + max(LEAST, wide)
        lines = textwrap.wrap(self.title, int((width - 2 * MARGIN) / 0.105)) or [""]
        top = 0.14 + TITLE * len(lines) + 0.3
        legend = self._legend_rows(width)
        height = top + tall + 0.22 + 0.2 * len(legend)
        placing.place(made, MARGIN, top, width - 2 * MARGIN)
        self.paper = self._paper(width, height, lines)
        self._nodes(placing.scene.spots)
        for line in placing.scene.lines:
            self._line(line)
        for number, row in enumerate(legend):
            self._legend(row, height - 0.16 - 0.2 * (len(legend) - 1 - number))
        return self.paper.figure

    def _letters(self, shape_or_node: Shape | Node) -> int:
        """How many letters the text of a shape takes, or of an input with its shape."""
        if isinstance(shape_or_node, Node):
            node = shape_or_node
            return len(self._end(node)) + 2 + sum(len(written(shape, self.axes)) for shape in node.shapes[:2])
        return len(written(shape_or_node, self.axes))

    def _end(self, node: Node) -> str:
        return f"in  {node.name}" if node.role == "input" else "out"

    def _paper(self, width: float, height: float, lines: list[str]) -> Axes:
        figure = Figure(figsize=(width, height), dpi=110, facecolor="white", layout="none")
        paper = figure.add_axes((0, 0, 1, 1))
        paper.set(xlim=(0, width), ylim=(height, 0))
        paper.axis("off")
        for number, text in enumerate(lines):
            paper.text(MARGIN, 0.22 + TITLE * number, text, size=12, weight="bold", va="center")
        parameters = f"{self.root.parameters:,} parameters"
        paper.text(MARGIN, 0.2 + TITLE * len(lines), parameters, size=SMALL, va="center", color=UNNAMED)
        return paper

    # ---- boxes, circles, inputs and outputs

    def _nodes(self, spots: Mapping) -> None:
        nodes = sorted((node for node in spots if isinstance(node, Node)), key=lambda node: len(list(node.above())))
        for node in nodes:
            draw = {"operation": self._operation, "input": self._input, "output": self._input}.get(node.role, self._box)
            draw(node, spots[node])

    def _box(self, node: Node, spot: Spot) -> None:
        nested = len(list(node.above()))
        fill = OUTER[nested % 2] if node.nodes else tint(node.kind)
        group = {"ls": (0, (4, 3))} if node.role == "group" else {}
        style = "round,pad=0,rounding_size=0.06"
        box = FancyBboxPatch((spot.x, spot.y), spot.width, spot.height, style, fc=fill, ec=EDGE, lw=1, **group)
        self.paper.add_patch(box)
        line = spot.y + (HEAD if node.nodes else LEAF) / 2
        bold = {"size": NORMAL, "weight": "bold", "va": "center", "color": INK}
        label = self.paper.text(spot.x + 0.1, line, label_of(node).strip(), **bold)
        right = spot.x + spot.width - 0.1
        self.paper.text(right, line, right_of(node), size=SMALL, va="center", ha="right", color=UNNAMED)
        if name_of(node):
            words = {"xycoords": label, "textcoords": "offset points", "va": "center", "size": SMALL, "color": UNNAMED}
            self.paper.annotate(name_of(node), (1, 0.5), (6, 0), **words)

    def _operation(self, node: Node, spot: Spot) -> None:
        text = operation_text(node)
        style = f"round,pad=0,rounding_size={spot.height / 2}"
        box = FancyBboxPatch((spot.x, spot.y), spot.width, spot.height, style, fc="white", ec=LINE, lw=1.2)
        self.paper.add_patch(box)
        size = 12 if text in SYMBOLS else SMALL
        self.paper.text(spot.middle, spot.center, text, size=size, va="center_baseline", ha="center", color=INK)

    def _input(self, node: Node, spot: Spot) -> None:
        pieces = [(f"{self._end(node)}  ", UNNAMED)]
        for number, shape in enumerate(node.shapes[:2]):
            pieces += [(", ", UNNAMED)] if number else []
            pieces += colored(shape, self.axes)
        self._write(spot.middle - LETTER * sum(len(text) for text, _ in pieces) / 2, spot.center, pieces)

    # ---- lines and their shapes

    def _line(self, line: Line) -> None:
        color, width = (LANE, 1.4) if line.lane else (LINE, 1.2)
        *way, (x, y) = line.points
        before = way[-1]
        xs, ys = zip(*way, (x, y), strict=True)
        self.paper.plot(xs, ys, color=color, lw=width, solid_joinstyle="round", zorder=2.5)
        tip = {"arrowstyle": "-|>", "color": color, "lw": width, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 9}
        if abs(x - before[0]) + abs(y - before[1]) > 0.1:
            back = (
                x - 0.08 * (x > before[0] + 0.01) + 0.08 * (x < before[0] - 0.01),
                y - 0.08 * (y > before[1] + 0.01),
            )
            self.paper.annotate("", (x, y), back, arrowprops=tip, zorder=3)
        if line.shape is not None and len(line.points) == 2 and y - before[1] > 0.12:
            self._write(x + 0.1, before[1] + (y - before[1]) / 2, colored(line.shape, self.axes))

    def _write(self, x: float, y: float, pieces: list[tuple[str, str]]) -> None:
        for text, color in pieces:
            self.paper.text(x, y, text.rstrip(), size=SMALL, family="DejaVu Sans Mono", va="center", color=color)
            x += LETTER * len(text)

    # ---- what the letters mean

    def _legend_rows(self, width: float) -> list[list[str]]:
        rows, used = [[]], 0.0
        for letter in self.axes:
            wide = LETTER * (len(self._meaning(letter)) + 3)
            if rows[-1] and used + wide > width - 2 * MARGIN:
                rows.append([])
                used = 0.0
            rows[-1].append(letter)
            used += wide
        return rows

    def _meaning(self, letter: str) -> str:
        return f"{letter} {DIMENSION_NAME[letter]}" if letter in DIMENSION_NAME else letter

    def _legend(self, letters: list[str], y: float) -> None:
        x = MARGIN
        for letter in letters:
            self._write(x, y, [(self._meaning(letter), DIMENSION.get(letter, UNNAMED))])
            x += LETTER * (len(self._meaning(letter)) + 3)


def tint(kind: str) -> str:
    """Return the fill of a part by what its type's name says."""
    return next((fill for word, fill in FILL.items() if word in kind.lower()), "#E9ECEF")
