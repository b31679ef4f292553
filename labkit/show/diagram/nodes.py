"""What a model calls and computes when it runs once: a tree of calls, and the flow between its leaves."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from torch import Tensor, nn

Shape = tuple[int, ...]


@dataclass(eq=False)
class Node:
    """A call of a module, an operation between modules ("+", "concat"), an input or the output.

    `reads` has each node whose result it was given, with the shape in which that came; only leaves read and are read.
    """

    name: str
    kind: str
    role: str = "call"  # call, operation, input, output, or group: neighbors that repeat together
    owned: set[nn.Parameter] = field(default_factory=set, repr=False)  # what it and all that it calls can learn
    shapes: list[Shape] = field(default_factory=list)
    nodes: list["Node"] = field(default_factory=list, repr=False)  # what happens inside, in order
    reads: dict["Node", Shape] = field(default_factory=dict, repr=False)
    parent: "Node | None" = field(default=None, repr=False)
    repeats: int = 1
    tied: str = ""  # the call whose weights it uses again

    @property
    def calls(self) -> list["Node"]:
        """The modules that it calls, in order; those of a group stand for themselves."""
        inside = ([*node.calls] if node.role == "group" else [node] for node in self.nodes)
        return [node for nodes in inside for node in nodes if node.role == "call"]

    @property
    def parameters(self) -> int:
        """How many numbers it can learn; what is used twice counts once."""
        return sum(parameter.numel() for parameter in self.owned)

    def walk(self, depth: int = 0) -> Iterator[tuple[int, "Node"]]:
        """Yield (depth, call) for this call and all that it calls, in order."""
        yield depth, self
        for call in self.calls:
            yield from call.walk(depth + 1)

    def leaves(self) -> Iterator["Node"]:
        """Yield all inside that has nothing inside, or the node itself."""
        for node in self.nodes:
            yield from node.leaves()
        if not self.nodes:
            yield self

    def above(self) -> Iterator["Node"]:
        """Yield the node, and all that it is inside of."""
        node: Node | None = self
        while node is not None:
            yield node
            node = node.parent

    def like(self, other: "Node") -> bool:
        """Whether the other is the same but for numbers in its name: it can be drawn as one with this."""
        mine, others = (
            (re.sub(r"\b\d+\b", "#", node.name), node.kind, node.role, node.parameters, node.shapes)
            for node in (self, other)
        )
        return mine == others and len(self.nodes) == len(other.nodes) and all(map(Node.like, self.nodes, other.nodes))


def child_of(container: Node, node: Node) -> Node | None:
    """Return which of the container's own nodes the node is or is inside of; None if it is outside."""
    below = None
    for above in node.above():
        if above is container:
            return below
        below = above
    return None


def flow(root: Node) -> list[tuple[Node, Node, Shape]]:
    """Return all (from, to, shape) between the leaves of a model, in the order of the readers."""
    return [(source, leaf, shape) for leaf in root.leaves() for source, shape in leaf.reads.items()]


def named_flow(root: Node) -> list[tuple[str, str]]:
    """Return the flow as pairs of names; what has none goes by its kind."""
    return [(source.name or source.kind, leaf.name or leaf.kind) for source, leaf, _ in flow(root)]


def tensors(value: object) -> list[Tensor]:
    """Return all tensors in nested lists, tuples and mappings, and in an object such as a graph."""
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, list | tuple):
        parts = list(value)
    elif isinstance(value, dict):
        parts = list(value.values())
    else:
        held = {} if isinstance(value, nn.Module | type) or callable(value) else getattr(value, "__dict__", {})
        return [part for part in held.values() if isinstance(part, Tensor)]
    return [tensor for part in parts for tensor in tensors(part)]
