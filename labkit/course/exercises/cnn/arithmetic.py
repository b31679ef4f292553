"""Exercise: output size, receptive field and jump of stacked windows."""

import torch

from labkit.course.check.spec import Case, Exercise, Misconception, Property


def cases(seed: int, device: torch.device) -> list[Case]:
    """No window, one, the same twice, strides of all kinds, the classic network, and a random stack."""
    draw = torch.Generator().manual_seed(seed)

    def pick(low: int, high: int) -> int:
        return int(torch.randint(low, high, (), generator=draw))

    classic = [[3, 1, 0], [2, 2, 0], [3, 1, 0], [2, 2, 0]]
    stack = [[pick(3, 6), pick(1, 4), pick(0, 3)], [pick(2, 5), pick(2, 4), pick(0, 2)], [3, 1, 1], [pick(2, 4), 1, 0]]
    return [
        Case("no window at all", {"size": pick(3, 6), "windows": []}),
        Case("one window of 3", {"size": 7, "windows": [[3, 1, 0]]}),
        Case("one window of 3, padding 1", {"size": 8, "windows": [[3, 1, 1]]}, "size"),
        Case("one window of 3, stride 2", {"size": 10, "windows": [[3, 2, 0]]}, "size"),
        Case("a window of 4, stride 3, padding 1", {"size": 12, "windows": [[4, 3, 1]]}, "size"),
        Case("two windows of 3", {"size": 11, "windows": [[3, 1, 0], [3, 1, 0]]}, "field"),
        Case("a stride, then a window", {"size": 14, "windows": [[2, 2, 0], [3, 1, 0]]}, "field"),
        Case("two strides, then a window", {"size": 40, "windows": [[3, 2, 1], [2, 3, 0], [3, 1, 1]]}, "field"),
        Case("the classic network", {"size": 28, "windows": classic}, "field"),
        Case("a random stack", {"size": pick(90, 130), "windows": stack}, "field"),
    ]


def _walk(size, windows, sizes=None, fields=None, jumps=None, start=(1, 1)):
    """Done right, but for the steps that are handed in; each is called with (before, jump, kernel, stride, padding)."""
    field, jump = start
    sizes = sizes or (lambda n, j, k, s, p: (n + 2 * p - k) // s + 1)
    fields = fields or (lambda r, j, k, s, p: r + (k - 1) * j)
    jumps = jumps or (lambda r, j, k, s, p: j * s)
    for k, s, p in windows:
        size, field, jump = sizes(size, jump, k, s, p), fields(field, jump, k, s, p), jumps(field, jump, k, s, p)
    return size, field, jump


def jump_ignored(size, windows):
    """The field grows by k - 1, whatever lies below.

    After a stride of 2, two neighbors look 2 pixels apart. By how many pixels does a window over three of them then
    widen the field?
    """
    return _walk(size, windows, fields=lambda r, j, k, s, p: r + k - 1)


def jump_too_early(size, windows):
    """A layer's own stride widens its own field.

    A window reaches over units of the layer below: how far apart those look was settled before this layer's stride.
    In which order do you update the two?
    """
    return _walk(size, windows, fields=lambda r, j, k, s, p: r + (k - 1) * j * s)


def jump_is_the_stride(size, windows):
    """The jump forgets what lies below.

    After strides of 2 and 3, one step on the top is how many pixels of the picture?
    """
    return _walk(size, windows, jumps=lambda r, j, k, s, p: s)


def strides_added(size, windows):
    """Strides are added up.

    One step over a layer with stride 3 is three steps of the layer below, and each of those is several pixels. Do such
    things add or multiply?
    """
    return _walk(size, windows, jumps=lambda r, j, k, s, p: j + s - 1)


def fields_multiplied(size, windows):
    """The kernels are multiplied.

    Two windows of 3, one on the other: draw them on a row of pixels and count. Is it 9?
    """
    return _walk(size, windows, fields=lambda r, j, k, s, p: r * k)


def whole_kernel_added(size, windows):
    """The field grows by k instead of k - 1.

    A window of 1 sees what the layer below sees, and not a pixel more. Does your formula say so?
    """
    return _walk(size, windows, fields=lambda r, j, k, s, p: r + k * j)


def field_from_nothing(size, windows):
    """The field begins at 0.

    A pixel of the picture, before any window, sees itself. How many pixels is that?
    """
    return _walk(size, windows, start=(0, 1))


def other_end_first(size, windows):
    """The recursion for the other direction is used.

    Multiplying the field by the stride is right if you go from the top down to the picture. Your loop goes from the
    picture up.
    """
    return _walk(size, windows, fields=lambda r, j, k, s, p: (r - 1) * s + k)


def one_too_few(size, windows):
    """The output is one too small.

    A window of 3 on a row of 3 pixels: how many places has it? What does your formula say?
    """
    return _walk(size, windows, sizes=lambda n, j, k, s, p: (n + 2 * p - k) // s)


def rounded_up(size, windows):
    """The output is rounded up.

    Of 10 pixels, windows of 3 with stride 2 begin at 0, 2, 4 and 6, and the next would hang over the edge. Is it
    counted?
    """
    return _walk(size, windows, sizes=lambda n, j, k, s, p: -((n + 2 * p - k) // -s) + 1)


def not_rounded(size, windows):
    """The output's size is no whole number.

    There is no half window. In Python, which division rounds down?
    """
    return _walk(size, windows, sizes=lambda n, j, k, s, p: (n + 2 * p - k) / s + 1)


def padding_once(size, windows):
    """The padding is counted once.

    Padding goes on both sides of the row. By how many pixels is it then longer?
    """
    return _walk(size, windows, sizes=lambda n, j, k, s, p: (n + p - k) // s + 1)


def padding_in_the_field(size, windows):
    """The padding widens the field.

    Padding gives windows more places. Does a window get wider by it?
    """
    return _walk(size, windows, fields=lambda r, j, k, s, p: r + (k - 1 + 2 * p) * j)


SLIPS = (
    jump_ignored,
    jump_too_early,
    jump_is_the_stride,
    strides_added,
    fields_multiplied,
    whole_kernel_added,
    field_from_nothing,
    other_end_first,
    one_too_few,
    rounded_up,
    not_rounded,
    padding_once,
    padding_in_the_field,
)

EXERCISE = Exercise(
    id="cnn.arithmetic",
    title="Output size and receptive field",
    hour=2,
    position=3,
    minutes=4,
    difficulty=2,
    reference="labkit.cnn.receptive_field:receptive_field",
    hidden=("labkit.cnn.receptive_field:output_size", "labkit.cnn.receptive_field:Field"),
    returns=("size", "field", "jump"),
    typed=False,
    cases=cases,
    properties=(
        Property("shape", "three whole numbers", 0.25, "shape"),
        Property("size", "the size of the output", 1.0, result="size"),
        Property("field", "the receptive field", 1.25, result="field"),
        Property("jump", "the jump between neighbors", 0.5, result="jump"),
    ),
    hints=(
        "Keep three numbers and update them window by window. Before the first window a unit is a pixel: it sees 1 "
        "pixel, and its neighbor is 1 pixel away.",
        "The size: how often can a window of k move by s on n + 2p pixels? Whatever is left over is dropped, and the "
        "starting place counts too.",
        "The field: a window over k units reaches over k - 1 gaps. How wide is a gap, in pixels of the picture?",
        "The jump after a layer is the jump before it times the layer's stride. The field needs the jump *before*.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
)
