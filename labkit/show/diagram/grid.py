"""Rows and columns of a container's parts."""

from collections import defaultdict
from dataclasses import dataclass, field

from labkit.show.diagram.nodes import Node, Shape

Flow = tuple[Node, Node, Shape]
BUS = 3  # a source with so many readers in lanes has its lane on the left


@dataclass(eq=False)
class Port:
    """Where arrows enter or leave a container."""

    name: str


Item = Node | Port


@dataclass(eq=False)
class Lane:
    """A line beside the columns, from an item to all that it leads to."""

    source: Item
    targets: list[tuple[Item, Shape]] = field(default_factory=list)  # those that are deep inside a part, too
    side: str = "right"
    place: int = 0  # 0 is the innermost


@dataclass(eq=False)
class Plan:
    """A container laid out: items by row and column, arrows without lanes, and lanes."""

    node: Node
    top: Port | None
    bottom: Port | None
    row: dict[Item, int] = field(default_factory=dict)
    column: dict[Item, int] = field(default_factory=dict)
    arrows: list[tuple[Item, Item, Shape]] = field(default_factory=list)
    lanes: list[Lane] = field(default_factory=list)
    inside: dict[Node, "Plan"] = field(default_factory=dict)
    second: list[Node] = field(default_factory=list)  # what stands on the right, in rows of its own

    @property
    def items(self) -> list[Item]:
        """Everything that has a place."""
        return list(self.row)

    def free(self, column: int, above: int, below: int) -> bool:
        """Whether nothing stands in a column between two rows."""
        return not any(self.column.get(i) == column and above < self.row[i] < below for i in self.row)

    def beside(self, item: Item, column: int) -> bool:
        """Whether nothing stands in an item's row between it and a column."""
        low, high = sorted((column, self.column[item]))
        return not any(self.row[i] == self.row[item] and low < self.column[i] < high for i in self.row)

    def direct(self, source: Item, target: Item) -> bool:
        """Whether an arrow finds its way down its source's column and across."""
        return self.free(self.column[source], self.row[source], self.row[target])

    def sideways(self, source: Item, target: Item) -> bool:
        """Whether a direct arrow can enter an operation from its side."""
        if not isinstance(target, Node) or target.role != "operation":
            return False
        down = self.free(self.column[source], self.row[source], self.row[target] + 1)
        return down and self.beside(target, self.column[source])


def rows(made: Plan, links: list[tuple[Item, Item]]) -> None:
    """Rows by the longest path from the top; what reads nothing stands right above its first reader."""
    before, after = defaultdict(list), defaultdict(list)
    for a, b in links:
        before[b].append(a)
        after[a].append(b)
    if made.top is not None:
        made.row[made.top] = 0
    for item in made.node.nodes:
        made.row[item] = 1 + max((made.row[a] for a in before[item]), default=-1 if made.top is None else 0)
    if made.bottom is not None:
        made.row[made.bottom] = 1 + max(made.row.values())
    for item in reversed(made.node.nodes):
        if isinstance(item, Node) and not before[item] and item.role == "operation" and after[item]:
            made.row[item] = max(0, min(made.row[b] for b in after[item]) - 1)


def columns(made: Plan, links: list, second: list[Node]) -> None:
    """Each item stands below the one it waits for longest, or else in the next column that is free."""
    before = defaultdict(list)
    for a, b, _ in links:
        before[b].append(a)
    busy = {a for above in before.values() for a in above if sum(a in other for other in before.values()) >= BUS}
    for items in ([i for i in made.items if i not in second], second):
        base, taken = 1 + max(made.column.values(), default=-1), set()
        for item in items:
            above = [a for a in before[item] if a in made.column and a in items]
            near = max(above, key=lambda a: (a not in busy, made.row[a]), default=None)  # the first of those
            column = made.column[near] if near is not None else base
            while (made.row[item], column) in taken or (
                near is not None and not made.free(column, made.row[near], made.row[item])
            ):
                column += 1
            taken.add((made.row[item], column))
            made.column[item] = column
        if items is not second:
            _to_the_left(made, before, busy)


def _to_the_left(made: Plan, before: dict[Item, list[Item]], busy: set[Item]) -> None:
    """Columns that only lead to a source with many readers stand before all others."""
    leading = set(busy) - {made.top}
    for item in reversed(made.items):
        if item in leading:
            leading |= set(before[item]) - {made.top}
    columns = sorted(set(made.column.values()))
    first = [c for c in columns if all(i in leading for i, column in made.column.items() if column == c)]
    if len(first) < len(columns):
        order = {c: n for n, c in enumerate([*first, *(c for c in columns if c not in first)])}
        made.column = {item: order[column] for item, column in made.column.items()}
