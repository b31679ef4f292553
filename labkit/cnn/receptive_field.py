"""The arithmetic of stacked windows: how large the output is, how much of the picture one unit sees.

A window is a convolution's kernel or a pooling window, along one axis of the picture.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


def output_size(size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    r"""How many places a window has along an axis of `size` pixels.

    $$\left\lfloor \frac{n + 2p - d(k - 1) - 1}{s} \right\rfloor + 1$$

    Raises ValueError where the window does not fit, or is none.
    Dumoulin and Visin 2016, https://arxiv.org/abs/1603.07285
    """
    if kernel < 1 or stride < 1 or dilation < 1 or padding < 0:
        raise ValueError(
            f"a window has kernel, stride and dilation of at least 1 and padding of at least 0, "
            f"not {kernel}, {stride}, {dilation} and {padding}"
        )
    reach = dilation * (kernel - 1) + 1
    if size + 2 * padding < reach:
        raise ValueError(f"a window of {reach} pixels does not fit into {size} + 2 * {padding}")
    return (size + 2 * padding - reach) // stride + 1


@dataclass(frozen=True)
class Field:
    """What the units of a layer see of the input, along one axis.

    `size` pixels each; neighbors look `jump` pixels apart; the field of unit 0 begins at pixel `start` (below zero
    where it begins in the padding).
    """

    size: int = 1
    jump: int = 1
    start: int = 0

    def through(self, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> "Field":
        r"""The field one layer up: $r + (k-1)\,d\,j$ pixels, jump $s\,j$, start $a - p\,j$.

        Araujo et al. 2019, https://distill.pub/2019/computing-receptive-fields
        """
        reach = dilation * (kernel - 1)
        return Field(self.size + reach * self.jump, self.jump * stride, self.start - padding * self.jump)

    def pixels(self, unit: int, size: int | None = None) -> range:
        """The pixels that a unit sees; those outside of a picture of `size` are left out."""
        first, last = self.start + unit * self.jump, self.start + unit * self.jump + self.size
        return range(first, last) if size is None else range(max(first, 0), min(last, size))


def receptive_field(size: int, windows: Iterable[Sequence[int]]) -> tuple[int, int, int]:
    r"""Send an axis of `size` pixels through (kernel, stride, padding), one after the other.

    $$n \leftarrow \left\lfloor \frac{n + 2p - k}{s} \right\rfloor + 1, \qquad r \leftarrow r + (k - 1)\,j, \qquad
    j \leftarrow s\,j$$

    Returns the output's size $n$, the receptive field $r$ of one unit, and the jump $j$ between neighbors, both in
    pixels of the input. Raises ValueError where a window does not fit.
    Araujo et al. 2019, https://distill.pub/2019/computing-receptive-fields
    """
    field = Field()
    for kernel, stride, padding in windows:
        size = output_size(size, kernel, stride, padding)
        field = field.through(kernel, stride, padding)
    return size, field.size, field.jump
