"""What stands in boxes and circles, and how wide that is in inches."""

from labkit.show.diagram.grid import Item, Port
from labkit.show.diagram.nodes import Node
from labkit.show.diagram.operations import SYMBOLS

ROUND, BOX = 0.27, 2.2  # the height of a circle, the least width of a box
LETTER, BOLD = 0.0712, 0.089  # widths of a letter: of small type of one width, of a bold heading


def label_of(node: Node) -> str:
    """Return what stands in a box: type, and how often it is repeated."""
    return node.kind + (f"  × {node.repeats}" if node.repeats > 1 else "")


def name_of(node: Node) -> str:
    """Return a node's own name; of an item of a list also the list's, unless the box around it has that name."""
    *lists, name = node.name.split(".")
    if not name.isdigit():
        return name
    around = node.parent.name if node.parent is not None else ""
    inside = ".".join(lists) == around or not lists
    return "" if inside else lists[-1] if node.repeats > 1 else f"{lists[-1]}.{name}"


def right_of(node: Node) -> str:
    """Return what stands at the right of a box: how much it can learn."""
    if node.tied:
        return "the same weights" if node.tied == node.name else f"weights of {node.tied.split('.')[-1]}"
    return f"{node.parameters:,}" if node.parameters else ""


def width_of(item: Item, axes_width: float = 0.0) -> float:
    """Return the least width of an item that has nothing inside."""
    if isinstance(item, Port):
        return 0.0
    if item.role == "operation":
        return ROUND if item.kind in SYMBOLS and not item.name else 0.26 + LETTER * len(operation_text(item))
    if item.role in ("input", "output"):
        return axes_width
    return max(BOX, heading_width(item))


def heading_width(node: Node) -> float:
    """Return how wide type, name and number of parameters of a box are beside each other."""
    return 0.45 + BOLD * len(label_of(node)) + LETTER * (2 + len(name_of(node)) + len(right_of(node)))


def operation_text(node: Node) -> str:
    """Return what stands in an operation: its sign or word, and whose weights or noise it takes."""
    if node.kind == "random":
        return "random noise"
    if node.kind == "split":
        return f"split in {len(node.shapes)}"
    return f"{node.kind} {node.name.split('.')[-1]}".strip()
