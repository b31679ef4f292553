"""Run a model once and record what flows from part to part.

Hooks tell which module runs. A function mode sees every operation between modules. Each tensor remembers who made it.
"""

import inspect
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils.weak import WeakIdKeyDictionary

from labkit.show.diagram.nodes import Node, tensors
from labkit.show.diagram.operations import ALONE, COMBINE, RANDOM, named, shrinks, spoken
from labkit.show.diagram.running import functions, hooks, undisturbed

SILENT = (nn.Dropout, nn.Identity)  # in a model that does not train, these do nothing


class Tracer(TorchFunctionMode):
    """Knows for each tensor which node it came from, while a model runs."""

    def __init__(self, model: nn.Module):
        super().__init__()
        self.root = Node("", type(model).__name__, owned=set(model.parameters()))
        self.stack, self.closed = [self.root], 0  # closed: inside of a part that is drawn as a whole
        self.of = WeakIdKeyDictionary()  # tensor: (node, whether it holds more than an input's indices)
        self.names = {module: name for name, module in model.named_modules() if name}
        self.owners: dict[int, Node] = {}  # parameter: who used it first
        self.parameters = {id(parameter): name for name, parameter in model.named_parameters()}

    def take(self, inputs: tuple, names: list[str]) -> None:
        """Make a node of each input; numbers count as content, whole numbers as indices until a part reads them."""
        for value, name in zip(inputs, names, strict=False):
            found = tensors(value)
            if found:
                node = self.put(Node(name, "input", "input", shapes=[tuple(found[0].shape)]))
                for tensor in found:
                    self.of[tensor] = node, tensor.is_floating_point()

    def put(self, node: Node) -> Node:
        node.parent = self.stack[-1]
        self.stack[-1].nodes.append(node)
        return node

    def origins(self, value: Any) -> dict[Node, tuple[int, ...]]:
        """Return who made the tensors in a value, with their shapes; masks do not count."""
        found: dict[Node, tuple[int, ...]] = {}
        for tensor in tensors(value):
            if tensor in self.of and tensor.dtype is not torch.bool:
                found.setdefault(self.of[tensor][0], tuple(tensor.shape))
        return found

    def mark(self, value: Any, node: Node) -> None:
        for tensor in tensors(value):
            self.of[tensor] = node, True

    # ---- modules

    def enter(self, module: nn.Module, args: tuple, kwargs: dict) -> None:
        """Begin a call; what has no parts of its own, or is torch's own, is not looked into."""
        if isinstance(module, SILENT):
            return
        if self.closed:
            self.closed += 1
            return
        node = Node(self.names[module], type(module).__name__, owned=set(module.parameters()))
        node.reads = self.origins([args, kwargs])
        self.stack.append(node)
        self.closed = int(whole(module))

    def leave(self, module: nn.Module, args: tuple, result: Any) -> None:
        """End a call: what it returns comes from it, or from what is inside."""
        if isinstance(module, SILENT):
            return
        if self.closed > 1:
            self.closed -= 1
            return
        self.closed = 0
        node = self.stack.pop()
        node.shapes = [tuple(tensor.shape) for tensor in tensors(result)]
        if not any(leaf.role == "call" for leaf in node.leaves() if leaf is not node):
            node.nodes = []
        if node.nodes:
            node.reads = {}
        else:
            self.mark(result, node)
            self.tie(node)
        self.stack[-1].owned |= node.owned
        self.put(node)

    def tie(self, node: Node) -> None:
        """Note whose weights a call uses again."""
        users = {self.owners.setdefault(id(parameter), node) for parameter in node.owned} - {node}
        node.tied = min((user.name for user in users), default="")

    # ---- operations

    def __torch_function__(self, func: Callable, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        """Run an operation; what is made from traced tensors is traced too."""
        result = func(*args, **(kwargs or {}))
        if not self.closed:
            self.note(named(func), [*args, *(kwargs or {}).values()], result)
        return result

    def note(self, name: str, given: list, result: Any) -> None:
        """Make an operation a node where it is worth one; else its result comes from where its operands came."""
        made = [tensor for tensor in tensors(result) if tensor.dtype is not torch.bool]
        if name in RANDOM and made and made[0].is_floating_point():
            self.mark(made, self.put(Node("noise", "random", "operation", shapes=[tuple(made[0].shape)])))
            return
        found = self.origins(given)
        if not found or not made:
            return
        content = any(self.of[tensor][1] for tensor in tensors(given) if tensor in self.of)
        kind, learned = self.kind(name, given, result, found), self.learned(given)
        if content and kind and (name not in COMBINE or len(found) > 1 or learned):
            self.operate(learned, kind, given, made)
            return
        for tensor in made:
            self.of.setdefault(tensor, (next(iter(found)), content))

    def operate(self, name: str, kind: str, given: list, made: list[Tensor]) -> None:
        """Make a node of an operation; where it follows indices, such as edges, it says so."""
        reads = self.origins(given)
        if along := [node.name for node in reads if node.role == "input" and self.indices(node, given)]:
            kind += f" along {along[0]}"
        shapes = [tuple(tensor.shape) for tensor in made]
        self.mark(made, self.put(Node(name, kind, "operation", shapes=shapes, reads=reads)))

    def indices(self, node: Node, given: list) -> bool:
        """Whether what came from an input is nothing but indices."""
        return not any(self.of[tensor][1] for tensor in tensors(given) if self.of.get(tensor, (0,))[0] is node)

    def function(self, cls: type, run: Callable[[], Any], args: tuple) -> Any:
        """Run a function with a backward pass of its own as one operation."""
        self.closed += 1
        result = run()
        self.closed -= 1
        if not self.closed and self.origins(list(args)):
            self.operate("", spoken(cls.__name__), list(args), tensors(result))
        return result

    def kind(self, name: str, given: list, result: Any, found: dict) -> str:
        if shrinks(name, tensors(given)[0], result):
            return "" if next(iter(found)).kind == "split" else "part"
        return COMBINE.get(name) or ALONE.get(name, "")

    def learned(self, given: list) -> str:
        """Return the name of a table of weights among the operands; a bias is too small to name."""
        names = [self.parameters.get(id(tensor), "") for tensor in tensors(given) if tensor.ndim > 1]
        return next(filter(None, names), "")


def whole(module: nn.Module) -> bool:
    """Whether a module is drawn as one box at any depth."""
    composite = nn.Sequential | nn.Transformer | nn.TransformerEncoder | nn.TransformerDecoder
    composite |= nn.TransformerEncoderLayer | nn.TransformerDecoderLayer
    ours = not type(module).__module__.startswith("torch.nn.") or isinstance(module, composite)
    return not (ours and any(True for _ in module.children()))


def trace(model: nn.Module, inputs: tuple) -> Node:
    """Run the model once without gradients or dropout, and return its calls with the flow between them.

    Afterwards the model is as before: same modes, no hooks, same random numbers to come, whether it ran or raised.
    """
    tracer = Tracer(model)
    tracer.take(inputs, list(inspect.signature(model.forward).parameters))
    watch = hooks(tracer.names, tracer.enter, tracer.leave), functions(tracer.function)
    with watch[0], undisturbed(model), watch[1], torch.no_grad(), tracer:
        result = model(*inputs)
    root = tracer.root
    root.shapes = [tuple(tensor.shape) for tensor in tensors(result)]
    tracer.put(Node("", "output", "output", shapes=root.shapes)).reads = tracer.origins(result)
    return useful(root)


def useful(root: Node) -> Node:
    """Return the model without operations whose results nobody reads."""
    read = {source for leaf in root.leaves() for source in leaf.reads}
    idle = [leaf for leaf in root.leaves() if leaf.role == "operation" and leaf not in read]
    for leaf in idle:
        leaf.parent.nodes.remove(leaf)
    return useful(root) if idle else root
