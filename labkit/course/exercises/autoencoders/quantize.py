"""Exercise: the nearest code in place of each vector, with a gradient that goes straight through."""

from dataclasses import replace

import torch

from labkit.course.check.spec import Case, Exercise, Misconception, Property
from labkit.course.exercises.autoencoders.quantize_slips import SLIPS


def _case(
    name: str, sizes: tuple[int, int, int], draw: torch.Generator, tests: str = "values", beta: float = 0.25,
    dtype: torch.dtype = torch.float32,
) -> Case:  # fmt: skip
    """`sizes`: vectors, codes, width. Codes differ in length, so that the nearest is not the one most in line."""
    n, c, d = sizes
    vectors, codebook = torch.randn(n, d, generator=draw), torch.randn(c, d, generator=draw)
    codebook = codebook * torch.linspace(0.4, 2.5, c)[torch.randperm(c, generator=draw), None]
    args = {"vectors": vectors.to(dtype), "codebook": codebook.to(dtype), "beta": beta}
    return Case(name, args, tests, gradients=("vectors", "codebook"))


def cases(seed: int, device: torch.device) -> list[Case]:
    """Few and many vectors and codes, one code, one number wide, float64, strides; other weights, none."""
    draw = torch.Generator().manual_seed(seed)
    precise = torch.float32 if device.type == "mps" else torch.float64
    strided = _case("inputs that are not contiguous", (4, 3, 3), draw)
    at_home = _case("vectors that are codes already", (3, 4, 2), draw)
    at_home.args["vectors"].copy_(at_home.args["codebook"][torch.randperm(4, generator=draw)[:3]])
    return [
        _case("two vectors, three codes", (2, 3, 2), draw),
        _case("five vectors, four codes", (5, 4, 3), draw),
        _case("thirty vectors, eight codes", (30, 8, 4), draw),
        _case("codes of one number", (6, 3, 1), draw),
        _case("a single code", (3, 1, 2), draw),
        _case("float64", (4, 5, 3), draw, dtype=precise),
        replace(strided, strided=("vectors", "codebook")),
        _case("another weight", (4, 3, 2), draw, "weight", beta=2.0),
        _case("no weight", (4, 3, 2), draw, "weight", beta=0.0),
        at_home,
    ]


EXERCISE = Exercise(
    id="autoencoders.quantize",
    title="The straight-through quantizer",
    hour=14,
    position=4,
    minutes=7,
    difficulty=3,
    reference="labkit.autoencoders.quantizer:quantize",
    returns=("quantized", "codes", "loss"),
    cases=cases,
    properties=(
        Property("shape", "three results of the right shapes", 0.25, "shape"),
        Property("codes", "the number of the nearest code", 0.75, result="codes"),
        Property("quantized", "the nearest code in place of each vector", 0.75, result="quantized"),
        Property("loss", "what it costs to be apart, as a mean over vectors", 0.75, result="loss"),
        Property("weight", "the weight beta counts, and on one term only", 0.25),
        Property("gradients", "gradients: straight through, and each term to one side", 1.0, "gradients"),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ),
    hints=(
        "Distances first: an (n, c) matrix, from every vector to every code. Along which axis is the least one looked "
        "for? With the numbers you can pick rows of the codebook, `codebook[codes]`.",
        "Straight through: write the result as `vectors` plus a difference, so that the value is the code's. If the "
        "gradient must not see the difference, which method do you call on it?",
        "The loss has two terms with the same value and different gradients: in one the vectors stand still and the "
        "codes move, in the other the codes stand still and the vectors move. `detach` holds something still. Which of "
        "the two terms, in the formula, carries the weight?",
        "Mind what is summed and what is averaged: the squared length of a difference is a sum over its width, the "
        "last axis; vectors are averaged.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
    hidden=("labkit.autoencoders.quantizer:nearest",),
)
