"""Exercise: jump straight to step t."""

from dataclasses import replace

import torch

from labkit.course.check.spec import Case, Exercise, Misconception, Property
from labkit.diffusion.ddpm import jump


def _case(
    name: str, shape: tuple[int, ...], steps: list[int], draw: torch.Generator, tests: str = "values",
    dtype: torch.dtype = torch.float32,
) -> Case:  # fmt: skip
    """Random samples and noise on a random schedule of ten steps."""
    x0, noise = (torch.randn(shape, generator=draw).to(dtype) for _ in range(2))
    kept = (0.55 + 0.4 * torch.rand(10, generator=draw)).cumprod(dim=0).to(dtype)
    return Case(name, {"x0": x0, "t": torch.tensor(steps), "noise": noise, "kept": kept}, tests, gradients=("x0",))


def cases(seed: int, device: torch.device) -> list[Case]:
    """One number, vectors, images with as many rows as samples, first and last step, float64, strides, no signal."""
    draw = torch.Generator().manual_seed(seed)
    precise = torch.float32 if device.type == "mps" else torch.float64
    silent = _case("no noise drawn", (2, 3), [4, 7], draw, "ends")
    silent.args["noise"].zero_()
    strided = _case("inputs that are not contiguous", (2, 3), [5, 2], draw)
    return [
        _case("one number", (1, 1), [4], draw),
        _case("two vectors at one step", (2, 3), [6, 6], draw),
        _case("float64", (1, 2), [3], draw, dtype=precise),
        replace(strided, strided=("x0", "noise")),
        _case("three vectors, each at its own step", (3, 2), [1, 8, 5], draw, "own"),
        _case("as many numbers in a vector as samples", (3, 3), [2, 9, 4], draw, "own"),
        _case("images, as wide as there are samples", (4, 1, 4, 4), [7, 1, 3, 9], draw, "own"),
        _case("the first step", (2, 2), [0, 0], draw, "ends"),
        _case("the last step", (2, 2), [9, 9], draw, "ends"),
        silent,
    ]


def no_roots(x0, t, noise, kept):
    """The roots are missing.

    The schedule holds variances. A number that multiplies a sample multiplies its variance by its square. What must
    the two factors be, so that the variances add up to 1?
    """
    share = kept[t].view(-1, *[1] * (x0.ndim - 1))
    return share * x0 + (1 - share) * noise


def noise_without_root(x0, t, noise, kept):
    """The factor of the noise has no root.

    Draw many samples of variance 1 and look at the variance of your result: it should stay 1 at every step. The signal
    has its root already.
    """
    share = kept[t].view(-1, *[1] * (x0.ndim - 1))
    return share.sqrt() * x0 + (1 - share) * noise


def root_before_subtraction(x0, t, noise, kept):
    """The root is taken before the subtraction.

    One minus a root is not the root of one minus. Which of the two makes the squares of both factors add up to 1?
    """
    share = kept[t].view(-1, *[1] * (x0.ndim - 1)).sqrt()
    return share * x0 + (1 - share) * noise


def swapped(x0, t, noise, kept):
    """Signal and noise have changed places.

    With your factors the first step drowns the sample and the last one leaves it alone. The schedule says how much of
    the signal is *kept*.
    """
    return jump(noise, t, x0, kept)


def exploding(x0, t, noise, kept):
    """The signal is not made smaller.

    That is another kind of process, whose variance grows without end (you meet it in this hour as "variance
    exploding"). Here the signal fades while the noise comes.
    """
    share = kept[t].view(-1, *[1] * (x0.ndim - 1))
    return x0 + (1 - share).sqrt() * noise


def one_step_only(x0, t, noise, kept):
    """The noise of one single step is added.

    You have taken the share that step t alone keeps. The jump has to do all the steps up to t at once, and the
    schedule is already their product.
    """
    return jump(x0, t, noise, kept / torch.cat([kept.new_ones(1), kept[:-1]]))


def product_of_products(x0, t, noise, kept):
    """The schedule is multiplied up once more.

    It is the product over all steps already. Look at its last value: hardly anything is left there.
    """
    return jump(x0, t, noise, kept.cumprod(dim=0))


def step_late(x0, t, noise, kept):
    """Steps are counted from 1.

    Your result belongs to the step before. Here steps count from 0, as arrays do: t is the place in the schedule.
    """
    return jump(x0, t, noise, torch.cat([kept.new_ones(1), kept[:-1]]))


def first_for_all(x0, t, noise, kept):
    """All samples jump to the step of the first.

    Each sample of the batch has a step of its own. Take as many values from the schedule as there are samples.
    """
    return jump(x0, t[:1].expand_as(t), noise, kept)


def last_axis(x0, t, noise, kept):
    """The steps are laid along the last axis.

    Torch aligns shapes at their ends, so each *column* got a step of its own instead of each sample. What shape must
    the shares have, so that they vary along the first axis only?
    """
    share = kept[t]
    if x0.shape[-1] != len(t):
        share = share.view(-1, *[1] * (x0.ndim - 1))
    return share.sqrt() * x0 + (1 - share).sqrt() * noise


EXERCISE = Exercise(
    id="diffusion.jump",
    title="Jump to step t",
    hour=17,
    position=1,
    minutes=5,
    difficulty=1,
    reference="labkit.diffusion.ddpm:jump",
    returns=("spoiled",),
    cases=cases,
    properties=(
        Property("shape", "the shape of the sample", 0.25, "shape"),
        Property("values", "right for all samples at one step, float64 and strides", 0.75),
        Property("own", "each sample at its own step, images too", 0.75),
        Property("ends", "right at the first and the last step, and where no noise was drawn", 0.5),
        Property("gradients", "right gradient for the sample", 0.25, "gradients"),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ),
    hints=(
        "Begin with one number and one step. The schedule gives a share of *variance*: by what must you multiply a "
        "number so that its variance is multiplied by that share?",
        "Indexing does the lookup: `kept[t]` has one value for each sample. What is left of the variance goes to the "
        "noise, so that both shares add up to 1.",
        "For images the values need as many axes as the sample has, of length 1 each: `view(-1, 1, 1, 1)`, or "
        "`view(-1, *[1] * (x0.ndim - 1))` for any number of axes.",
    ),
    misconceptions=tuple(
        map(
            Misconception.of,
            (no_roots, noise_without_root, root_before_subtraction, swapped, exploding, one_step_only,
             product_of_products, step_late, first_for_all, last_axis),
        )
    ),
)  # fmt: skip
