"""Exercise: the nearest codebook entry in place of each vector, with a gradient that goes straight through."""

from dataclasses import replace

import torch

from labkit.course.check.spec import Case, Exercise, Misconception, Property
from labkit.course.exercises.autoencoders.quantize_slips import SLIPS


def _case(
    name: str, sizes: tuple[int, int, int], draw: torch.Generator, tests: str = "values", beta: float = 0.25,
    dtype: torch.dtype = torch.float32,
) -> Case:  # fmt: skip
    """`sizes`: vectors, entries, width. Entries differ in length: the nearest need not have the largest product."""
    n, c, d = sizes
    vectors, codebook = torch.randn(n, d, generator=draw), torch.randn(c, d, generator=draw)
    codebook = codebook * torch.linspace(0.4, 2.5, c)[torch.randperm(c, generator=draw), None]
    args = {"vectors": vectors.to(dtype), "codebook": codebook.to(dtype), "beta": beta}
    return Case(name, args, tests, gradients=("vectors", "codebook"))


def cases(seed: int, device: torch.device) -> list[Case]:
    """Few and many vectors and entries, one entry, width one, float64, strides; other weights, none."""
    draw = torch.Generator().manual_seed(seed)
    precise = torch.float32 if device.type == "mps" else torch.float64
    strided = _case("inputs that are not contiguous", (4, 3, 3), draw)
    at_home = _case("vectors that are entries already", (3, 4, 2), draw)
    at_home.args["vectors"].copy_(at_home.args["codebook"][torch.randperm(4, generator=draw)[:3]])
    return [
        _case("two vectors, three entries", (2, 3, 2), draw),
        _case("five vectors, four entries", (5, 4, 3), draw),
        _case("thirty vectors, eight entries", (30, 8, 4), draw),
        _case("entries of one number", (6, 3, 1), draw),
        _case("a single entry", (3, 1, 2), draw),
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
    returns=("quantized", "indices", "loss"),
    cases=cases,
    properties=(
        Property("shape", "three results of the right shapes", 0.25, "shape"),
        Property("indices", "the index of the nearest entry", 0.75, result="indices"),
        Property("quantized", "the nearest entry in place of each vector", 0.75, result="quantized"),
        Property("loss", "both terms of the loss, as means over vectors", 0.75, result="loss"),
        Property("weight", "the weight beta is on the right term", 0.25),
        Property("gradients", "gradients: straight through, and each term to one side", 1.0, "gradients"),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ),
    hints=(
        "Distances first: an (n, c) matrix, from every vector to every entry. Along which axis do you look for the "
        "smallest? With the indices you can pick rows of the codebook, `codebook[indices]`.",
        "Straight through: write the result as `vectors` plus a difference, so that its value is the entry. If the "
        "gradient must not see the difference, which method do you call on it?",
        "The loss has two terms with the same value and different gradients: one moves "
        "the entries and holds the vectors constant, the other moves the vectors and holds the entries constant. "
        "`detach` makes a constant. Which of the two terms has the weight in the formula?",
        "Mind what is summed and what is averaged: the squared length of a difference is a sum over its width, the "
        "last axis; vectors are averaged.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
    hidden=("labkit.autoencoders.quantizer:nearest",),
)
