"""Drawing a traced model with matplotlib. All lengths are inches, y points down."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from labkit.show.shapes import UNNAMED, colored
from labkit.show.style import DIMENSION, DIMENSION_NAME
from labkit.show.tracing import Call

LEAF, HEAD, ARROW, PAD = 0.36, 0.30, 0.34, 0.14  # heights: a box, a container's heading, an arrow; padding inside
BOX, GUTTER, MARGIN = 3.3, 0.75, 0.2  # widths: the innermost box, the space between columns, around everything
SMALL, NORMAL = 8.5, 9.5  # points
LETTER = 0.602 * SMALL / 72  # the width of a letter of DejaVu Sans Mono
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


class Drawing:
    """The picture of one traced model; `axes` gives letters to sizes."""

    def __init__(self, axes: Mapping[str, int], title: str, root: Call):
        self.axes, self.title, self.root = axes, title, root
        self.spots: list[tuple[Call, float, float]] = []  # a call with the middle of its left edge

    def figure(self, inputs: Sequence[tuple[int, ...]], left: list[Call], right: list[Call]) -> Figure:
        """Draw one column, or two with an arrow from the end of the left to whoever reads it on the right."""
        columns = [column for column in (left, right) if column]
        widths = [BOX + 2 * PAD * max(map(nesting, column)) for column in columns]
        height = 0.5 + max(ARROW * 2 + stack_height(column) for column in columns) + 0.4
        width = 2 * MARGIN + sum(widths) + GUTTER * (len(columns) - 1)
        self.paper = self._paper(width, height)
        x = MARGIN
        for number, (column, wide) in enumerate(zip(columns, widths, strict=True)):
            self._column(
                column, x, wide, inputs[number:] if number == len(columns) - 1 else inputs[number : number + 1]
            )
            if number == 0 and right:
                middle, end = x + wide / 2, 0.5 + 2 * ARROW + stack_height(column)
            x += wide + GUTTER
        self._legend(height - 0.18)
        if right:
            self._cross(middle, end - 0.03, MARGIN + widths[0] + GUTTER / 2, left[-1])
        return self.paper.figure

    def _paper(self, width: float, height: float) -> Axes:
        figure = Figure(figsize=(width, height), dpi=110, facecolor="white", layout="none")
        paper = figure.add_axes((0, 0, 1, 1))
        paper.set(xlim=(0, width), ylim=(height, 0))
        paper.axis("off")
        parameters = f"{self.root.parameters:,} parameters"
        paper.text(MARGIN, 0.22, self.title, size=12, weight="bold", va="center")
        paper.text(width - MARGIN, 0.22, parameters, size=SMALL, va="center", ha="right", color=UNNAMED)
        return paper

    def _legend(self, y: float) -> None:
        x = MARGIN
        for letter in self.axes:
            words = f"{letter} {DIMENSION_NAME[letter]}" if letter in DIMENSION_NAME else letter
            color = DIMENSION.get(letter, UNNAMED)
            self.paper.text(x, y, words, size=SMALL, family="DejaVu Sans Mono", va="center", color=color)
            x += LETTER * (len(words) + 3)

    def _column(self, calls: list[Call], x: float, width: float, inputs: Sequence[tuple[int, ...]]) -> None:
        y = 0.5
        for shape in inputs[:1]:
            self._arrow(x + width / 2, y, shape, "in  ")
        y += ARROW
        y = self._stack(calls, x, y, width)
        last = calls[-1]
        self._arrow(x + width / 2, y, last.shapes[0] if last.shapes else (), "out  ")

    def _stack(self, calls: list[Call], x: float, y: float, width: float) -> float:
        """Draw calls below each other; return where the last one ends."""
        for number, call in enumerate(calls):
            if number:
                self._arrow(x + width / 2, y, calls[number - 1].shapes[0] if calls[number - 1].shapes else ())
                y += ARROW
            self._box(call, x, y, width)
            y += box_height(call)
        return y

    def _box(self, call: Call, x: float, y: float, width: float) -> None:
        height, inner = box_height(call), nesting(call)
        fill = OUTER[inner % 2] if call.calls else tint(call.kind)
        style = "round,pad=0,rounding_size=0.06"
        self.paper.add_patch(FancyBboxPatch((x, y), width, height, style, fc=fill, ec="#8A9199", lw=1))
        self.spots.append((call, x, y + height / 2))
        line = y + (HEAD if call.calls else LEAF) / 2
        name, repeats = call.name.split(".")[-1], f"  × {call.repeats}" if call.repeats > 1 else ""
        bold = {"size": NORMAL, "weight": "bold", "va": "center", "color": "#1F2328"}
        label = self.paper.text(x + 0.1, line, call.kind + repeats, **bold)
        parameters = f"{call.parameters:,}" if call.parameters else ""
        self.paper.text(x + width - 0.1, line, parameters, size=SMALL, va="center", ha="right", color=UNNAMED)
        if name and not name.isdigit():
            words = {"xycoords": label, "textcoords": "offset points", "va": "center", "size": SMALL, "color": UNNAMED}
            self.paper.annotate(name, (1, 0.5), (6, 0), **words)
        if call.calls:
            self._stack(call.calls, x + PAD, y + HEAD, width - 2 * PAD)

    def _arrow(self, x: float, y: float, shape: tuple[int, ...], before: str = "") -> None:
        arrow = {"arrowstyle": "-|>", "color": "#555B62", "lw": 1.2, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 9}
        self.paper.annotate("", (x, y + ARROW - 0.02), (x, y + 0.03), arrowprops=arrow)
        self._shape(x + 0.12, y + ARROW / 2, shape, before)

    def _shape(self, x: float, y: float, shape: tuple[int, ...], before: str = "") -> None:
        for text, color in [(before, UNNAMED), *colored(shape, self.axes)]:
            self.paper.text(x, y, text, size=SMALL, family="DejaVu Sans Mono", va="center", color=color)
            x += LETTER * len(text)

    def _cross(self, x: float, y: float, gutter: float, memory: Call) -> None:
        """Lead what the left column gives to the innermost boxes on the right that read it."""
        readers = [spot for spot in self.spots if spot[1] > gutter and self._reads(spot[0], memory)]
        inner = [spot for spot in readers if not any(self._reads(call, memory) for _, call in [*spot[0].walk()][1:])]
        line = {"color": "#C04F00", "lw": 1.8, "solid_capstyle": "round", "zorder": 3}
        for _, left, middle in inner:
            self.paper.plot([x, x, gutter, gutter, left - 0.02], [y, y + 0.12, y + 0.12, middle, middle], **line)
            tip = {"arrowstyle": "-|>", "color": "#C04F00", "lw": 1.8, "mutation_scale": 11}
            self.paper.annotate("", (left + 0.01, middle), (left - 0.1, middle), arrowprops=tip)

    @staticmethod
    def _reads(call: Call, memory: Call) -> bool:
        return any(given is made for given in call.reads for made in memory.gives)


def nesting(call: Call) -> int:
    """Return how many boxes stand in one another below this one."""
    return 1 + max(map(nesting, call.calls)) if call.calls else 0


def box_height(call: Call) -> float:
    """Return the height of a box with all that stands in it."""
    return HEAD + stack_height(call.calls) + PAD if call.calls else LEAF


def stack_height(calls: Sequence[Call]) -> float:
    """Return the height of boxes below each other, with the arrows between."""
    return sum(map(box_height, calls)) + ARROW * (len(calls) - 1)


def tint(kind: str) -> str:
    """Return the fill of a part by what its type's name says."""
    return next((fill for word, fill in FILL.items() if word in kind.lower()), "#E9ECEF")
