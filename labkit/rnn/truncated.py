"""Learning from a long stream, window by window: truncated backpropagation through time.

Axes: b batch (streams side by side), t time steps of a window.
"""

from collections.abc import Callable, Iterator
from typing import Any

from jaxtyping import Shaped
from torch import Tensor

Network = Callable[[Tensor, Any], tuple[Tensor, Any]]  # (inputs, state or None) to (predictions, state)
Window = tuple[Tensor, Tensor, bool]  # inputs, targets, and whether a stream begins here


def windows(
    inputs: Shaped[Tensor, "b long *any"], targets: Shaped[Tensor, "n other *rest"], length: int
) -> Iterator[Window]:
    """Cut streams into windows of `length` steps, in order; what is left over at the end is a shorter window.

    Raises ValueError for a length below 1, or if inputs and targets differ in batch or steps.
    """
    if length < 1:
        raise ValueError(f"a window has at least one step, not {length}")
    if inputs.shape[:2] != targets.shape[:2]:
        raise ValueError(f"inputs {(*inputs.shape[:2],)} and targets {(*targets.shape[:2],)} differ in batch or steps")
    for n, (x, y) in enumerate(zip(inputs.split(length, dim=1), targets.split(length, dim=1), strict=True)):
        yield x, y, n == 0


def detached(state: Any) -> Any:
    """The same state without its past: a tensor, or tuples and lists of tensors."""
    if isinstance(state, Tensor):
        return state.detach()
    return type(state)(map(detached, state))


class TruncatedLoss:
    r"""The loss of one window after the other: the state is carried over, the gradient is not.

    $$h_0^{(n+1)} = \mathrm{stop}\big(h_T^{(n)}\big)$$

    Use it as `loss` in `fit`, with `windows` as batches. With `carry=False` each window starts from nothing.
    Williams and Peng 1990, https://doi.org/10.1162/neco.1990.2.4.490
    """

    def __init__(self, network: Network, loss: Callable[[Tensor, Tensor], Tensor], carry: bool = True):
        self.network, self.loss, self.carry = network, loss, carry
        self.state: Any = None

    def __call__(self, window: Window) -> Tensor:
        """The loss of a window. Where a stream begins, the state is thrown away."""
        inputs, targets, first = window
        start = None if first or not self.carry else self.state
        predictions, state = self.network(inputs, start)
        self.state = detached(state)
        return self.loss(predictions, targets)
