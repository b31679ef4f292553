"""Exercise: additive attention with a padding mask."""

from dataclasses import replace

import torch

from labkit.course.check.spec import Case, Exercise, Misconception, Property
from labkit.course.exercises.rnn.additive_slips import SLIPS

EVERYTHING = ("query", "keys", "query_weight", "key_weight", "score_weight")


def _case(
    name: str, sizes: tuple[int, ...], draw: torch.Generator, tests: str = "values", mask: torch.Tensor | None = None
) -> Case:
    """Random queries, keys and weights; `sizes` are b, t, s, q, k and a."""
    b, t, s, q, k, a = sizes
    shapes = {"query": (b, t, q), "keys": (b, s, k), "query_weight": (a, q), "key_weight": (a, k), "score_weight": (a,)}
    args = {part: torch.randn(shape, generator=draw) for part, shape in shapes.items()}
    return Case(name, args | {"mask": mask}, tests, gradients=EVERYTHING)


def _padding(lengths: list[int], s: int) -> torch.Tensor:
    """True at the true positions of each row."""
    return (torch.arange(s) < torch.tensor(lengths)[:, None])[:, None]


def cases(seed: int, device: torch.device) -> list[Case]:
    """One query and several, widths alike and not, padding of every length, a row that is all padding, strides."""
    draw = torch.Generator().manual_seed(seed)
    precise = torch.float32 if device.type == "mps" else torch.float64
    double = _case("float64", (2, 2, 3, 2, 3, 4), draw)
    changed = {name: value.to(precise) for name, value in double.args.items() if value is not None}
    strided = _case("inputs that are not contiguous", (2, 3, 3, 4, 4, 4), draw)
    length = int(torch.randint(1, 4, (), generator=draw))
    return [
        _case("one query, two keys", (1, 1, 2, 2, 2, 2), draw),
        _case("two queries, three keys", (1, 2, 3, 2, 2, 2), draw),
        _case("queries and keys of other widths", (2, 3, 4, 2, 5, 3), draw),
        replace(double, args=double.args | changed),
        replace(strided, strided=EVERYTHING),
        _case("padding at the end of one row", (2, 2, 3, 2, 2, 2), draw, "mask", _padding([2, 3], 3)),
        _case("padding in every row", (3, 2, 5, 3, 4, 2), draw, "mask", _padding([1, length, 4], 5)),
        _case("a row that is all padding", (2, 1, 3, 2, 2, 3), draw, "nothing", _padding([0, 2], 3)),
    ]


EXERCISE = Exercise(
    id="rnn.additive_attention",
    title="Additive attention",
    hour=3,
    position=3,
    minutes=6,
    difficulty=2,
    reference="labkit.rnn.recurrent_attention:additive_attention",
    returns=("read", "weights"),
    cases=cases,
    properties=(
        Property("shape", "two results of the right shapes", 0.5, "shape"),
        Property("values", "right without a mask, for any widths, float64 and strides", 1.5),
        Property("mask", "padding gets no weight, and the rest still sums to one", 1.0),
        Property("nothing", "a row that is all padding reads zeros", 0.5),
        Property("gradients", "right gradients for queries, keys and weights", 0.25, "gradients"),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ),
    hints=(
        "Begin with the shapes: mapped queries are (b, t, a), mapped keys (b, s, a). You need a sum for every pair, "
        "(b, t, s, a). Where does each of the two get an axis of size 1, so that they broadcast?",
        "After the tanh, the product with `score_weight` (a,) takes the last axis away: scores (b, t, s). The softmax "
        "runs over what each query chooses among: the keys.",
        "A padded key must get a weight of exactly 0, and the others must still sum to 1: hide it in the scores, "
        "before the softmax. Which number has an exponential of 0? The mask is True where a query may look.",
        "Still NaN in one case? There all is padding, and the softmax divides 0 by 0. After the softmax, what should "
        "stand at every hidden place? And what is read is a mean of the keys as they came, not of the mapped ones.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
    hidden=(
        "labkit.rnn.recurrent_attention:read_from",
        "labkit.rnn.recurrent_attention:AdditiveScore",
        "labkit.rnn.attentive:BahdanauSeq2Seq",
    ),
)
