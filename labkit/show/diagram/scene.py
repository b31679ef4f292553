"""What has been placed: rectangles and lines, in inches, y points down."""

from dataclasses import dataclass, field

from labkit.show.diagram.grid import Item
from labkit.show.diagram.nodes import Shape

Point = tuple[float, float]


@dataclass
class Spot:
    """A rectangle: left, top, width, height."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """The x of its middle."""
        return self.x + self.width / 2

    @property
    def center(self) -> float:
        """The y of its middle."""
        return self.y + self.height / 2

    @property
    def end(self) -> float:
        """The y of its lower edge."""
        return self.y + self.height


@dataclass
class Line:
    """A line through points, with an arrow at its end, and the shape of what flows."""

    points: list[Point]
    shape: Shape | None = None
    lane: bool = False


@dataclass
class Scene:
    """Everything placed."""

    spots: dict[Item, Spot] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
