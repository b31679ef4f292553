"""Exercise: output size, receptive field and jump of stacked windows."""

import torch

from labkit.cnn.receptive_field import receptive_field
from labkit.course.check.authoring import exercise
from labkit.course.check.spec import Case, Property


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


EXERCISE = exercise(
    __name__,
    receptive_field,
    cases,
    [
        Property("shape", "three whole numbers", 0.25, "shape"),
        Property("size", "the size of the output", 1.0, result="size"),
        Property("field", "the receptive field", 1.25, result="field"),
        Property("jump", "the jump between neighbors", 0.5, result="jump"),
    ],
    title="Output size and receptive field",
    minutes=5,
    difficulty=2,
    hidden=("labkit.cnn.receptive_field:output_size", "labkit.cnn.receptive_field:Field"),
    returns=("size", "field", "jump"),
    hints=(
        "Keep three numbers and update them window by window. Before the first window a unit is a pixel: its field is "
        "1 pixel, and its neighbor is 1 pixel away.",
        "The size: how often can a window of k move by s on n + 2p pixels? A remainder is dropped, and the starting "
        "position counts too.",
        "The field: a window over k units spans k - 1 gaps. How wide is a gap, in pixels of the input?",
        "The jump after a layer is the jump before it times the layer's stride. The field needs the jump *before*.",
    ),
)
