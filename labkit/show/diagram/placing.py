"""Where every box, circle, arrow and lane of a plan stands. All lengths are inches, y points down."""

from labkit.show.diagram.grid import Item, Lane, Plan, Port
from labkit.show.diagram.nodes import Node, child_of
from labkit.show.diagram.scene import Line, Point, Scene, Spot
from labkit.show.diagram.words import LETTER, ROUND, heading_width, width_of

LEAF, HEAD, GAP, PAD = 0.34, 0.30, 0.42, 0.14  # heights: box, heading, between rows; padding
LANE, APART = 0.15, 0.28  # widths: of a lane, between columns
EXIT, ENTRY = 0.07, 0.13  # how far below a part, and above one, lines run across


class Placing:
    """Turns plans into places; `written(shape)` says how wide a shape's text is, in letters."""

    def __init__(self, written):
        self.written, self.scene = written, Scene()
        self.sizes: dict[Plan, tuple[list[float], list[list[float]]]] = {}  # of columns; of rows, for each side

    # ---- sizes, from the inside out

    def size(self, made: Plan) -> tuple[float, float]:
        """Return width and height of a container with all that is inside."""
        columns = [0.0] * (1 + max(made.column.values()))
        rows = [[0.0] * (1 + max(made.row.values())) for _ in range(2)]
        for item in made.items:
            width, height = self._own(made, item)
            columns[made.column[item]] = max(columns[made.column[item]], width, self._shape_room(made, item))
            side = rows[item in made.second]
            side[made.row[item]] = max(side[made.row[item]], height)
        self.sizes[made] = columns, rows
        width = (
            sum(columns) + APART * (len(columns) - 1) + sum(self._lanes(made, s) for s in ("left", "middle", "right"))
        )
        root = made.node.parent is None
        heading = heading_width(made.node)
        width = width if root else max(width + 2 * PAD, heading)
        tall = max(self._tops(made, 0.0, side)[-1] + rows[side][-1] for side in range(2))
        return width, tall + (0 if root else HEAD + 0.04)

    def _tops(self, made: Plan, y: float, side: int) -> list[float]:
        """Where the rows of a side begin; up to the last that has something, gaps are wide, and narrow at ports."""
        rows = self.sizes[made][1][side]
        last = max((made.row[item] for item in made.items if (item in made.second) == bool(side)), default=0)
        tops = []
        for n, row in enumerate(rows):
            tops.append(y)
            half = made.top is not None and n in (0, len(rows) - 2)
            y += (row + GAP * (0.5 if half else 1.0)) if n < last else 0.0
        return tops

    def _own(self, made: Plan, item: Item) -> tuple[float, float]:
        if isinstance(item, Node) and item in made.inside:
            return self.size(made.inside[item])
        height = 0.0 if isinstance(item, Port) else ROUND if item.role == "operation" else LEAF
        shapes = LETTER * self.written(item) if isinstance(item, Node) and item.role in ("input", "output") else 0.0
        return width_of(item, shapes), height

    def _shape_room(self, made: Plan, item: Item) -> float:
        shapes = [shape for source, target, shape in made.arrows if source is item or target is item]
        return max((2 * (0.12 + LETTER * self.written(shape)) for shape in shapes), default=0.0)

    def _lanes(self, made: Plan, side: str) -> float:
        alone = not made.second and not any(made.column.values())  # then what stands in the column stays in the middle
        sides = ("left", "right") if alone and side != "middle" else (side,)
        count = max((1 + lane.place for lane in made.lanes if lane.side in sides), default=0)
        return LANE * (count + 0.6) if count else 0.0

    # ---- places, from the outside in

    def place(self, made: Plan, x: float, y: float, width: float) -> None:
        """Place all items of a container whose inside begins at (x, y), then its lines."""
        columns, _ = self.sizes[made]
        used = (
            sum(columns) + APART * (len(columns) - 1) + sum(self._lanes(made, s) for s in ("left", "middle", "right"))
        )
        spare = max(0.0, width - used)
        lefts, at = [], x + self._lanes(made, "left")
        if len(columns) == 1:
            columns[0] += spare
        else:
            at += spare / 2
        split = self._split(made)
        for n, column in enumerate(columns):
            if n == split:
                at += self._lanes(made, "middle")
            lefts.append(at)
            at += column + APART
        tops = [self._tops(made, y, side) for side in range(2)]
        for item in made.items:
            c, r, side = made.column[item], made.row[item], item in made.second
            cell = Spot(lefts[c], tops[side][r], columns[c], self.sizes[made][1][side][r])
            self._put(made, item, Spot(x, cell.y, width, 0.0) if isinstance(item, Port) else cell)
        self._lines(made, lefts, columns)

    def _split(self, made: Plan) -> int:
        middle = [lane for lane in made.lanes if lane.side == "middle"]
        return 1 + made.column[middle[0].source] if middle else -1

    def _put(self, made: Plan, item: Item, cell: Spot) -> None:
        width, height = (0.0, 0.0) if isinstance(item, Port) else self._own(made, item)
        if isinstance(item, Node) and item.role in ("call", "group"):
            width = cell.width
        spot = Spot(cell.middle - width / 2, cell.y + (cell.height - height) / 2, width, height)
        self.scene.spots[item] = spot
        if isinstance(item, Node) and item in made.inside:
            self.place(made.inside[item], spot.x + PAD, spot.y + HEAD, spot.width - 2 * PAD)

    # ---- lines

    def _lines(self, made: Plan, lefts: list[float], columns: list[float]) -> None:
        for source, target, shape in made.arrows:
            known = shape if isinstance(source, Node) and isinstance(target, Node) else None  # else it stands outside
            self.scene.lines.append(Line(self._arrow(made, source, target), known))
        for lane in made.lanes:
            x = self._lane_x(made, lane, lefts, columns)
            self.scene.lines += [Line(self._along(made, lane, target, x), None, True) for target, _ in lane.targets]

    def _arrow(self, made: Plan, source: Item, target: Item) -> list[Point]:
        a, b = self.scene.spots[source], self.scene.spots[target]
        if abs(a.middle - b.middle) < 0.01:
            return [(a.middle, a.end), (b.middle, b.y)]
        if made.sideways(source, target):
            edge = b.x if a.middle < b.middle else b.x + b.width
            return [(a.middle, a.end), (a.middle, b.center), (edge, b.center)]
        gap = b.y - ENTRY
        aside = b.middle + (0 if isinstance(source, Port) else self._aside(b, a.middle))
        return [(a.middle, a.end), (a.middle, gap), (aside, gap), (aside, b.y)]

    def _lane_x(self, made: Plan, lane: Lane, lefts: list[float], columns: list[float]) -> float:
        away = LANE * (lane.place + 0.8)
        if lane.side == "left":
            return lefts[0] - away
        if lane.side == "middle":
            return lefts[self._split(made)] - away - 0.5 * APART
        return lefts[-1] + columns[-1] + away

    def _along(self, made: Plan, lane: Lane, target: Item, x: float) -> list[Point]:
        """The way from a lane's source to one of its targets: into its side, or from above if others stand there."""
        here = target if target in made.row else child_of(made.node, target)
        a, b = self.scene.spots[lane.source], self.scene.spots[target]
        floor = max(self.scene.spots[i].end for i in made.items if self._level(made, i, lane.source))
        others = [other for other in made.lanes if self._level(made, other.source, lane.source)]
        low = floor + EXIT + 0.04 * min(2, others.index(lane))  # neighbors in a row leave on levels of their own
        start = [(a.middle, a.end), (a.middle, low), (x, low)]
        edge = -1 if lane.side == "left" else 1 + max(made.column.values())
        if lane.side == "middle":
            edge = self._split(made) - 1
        if made.beside(here, edge) and not isinstance(target, Port):
            inward = b.x if x < b.middle else b.x + b.width
            high = b.center + (0.06 - 0.12 * (lane.place % 2)) * self._crowded(made, target, lane)
            return [*start, (x, high), (inward, high)]
        roof, aside = self.scene.spots[here].y - ENTRY, b.middle + self._aside(b, x)
        return [*start, (x, roof), (aside, roof), (aside, b.y)]

    @staticmethod
    def _crowded(made: Plan, target: Item, lane: Lane) -> bool:
        """Whether more than one lane of a side leads to a part."""
        beside = [other for other in made.lanes if other.side == lane.side]
        return sum(target in [known for known, _ in other.targets] for other in beside) > 1

    @staticmethod
    def _level(made: Plan, item: Item, other: Item) -> bool:
        return made.row[item] == made.row[other] and (item in made.second) == (other in made.second)

    @staticmethod
    def _aside(spot: Spot, x: float) -> float:
        """How far from its middle a part is entered from above by a line that comes from x."""
        away = min(0.24, spot.width / 4)
        return away if x > spot.middle else -away
