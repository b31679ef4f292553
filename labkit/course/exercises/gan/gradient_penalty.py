"""Exercise: the gradient penalty of WGAN-GP."""

import torch

from labkit.course.check.spec import Case, Exercise, Misconception, Property
from labkit.course.exercises.gan.penalty_slips import SLIPS


def _case(
    name: str,
    shape: tuple[int, ...],
    draw: torch.Generator,
    tests: str = "values",
    steep: float = 1.0,
    dtype: torch.dtype = torch.float32,
) -> Case:
    """Random samples, one mixture for each pair, and a critic of three hidden units whose outer weights are `steep`."""
    real, fake = torch.randn(shape, generator=draw), torch.randn(shape, generator=draw)
    critic = torch.randn(3, shape[1:].numel() + 2, generator=draw)
    critic[:, -1] *= steep
    mix = torch.rand(shape[0], generator=draw) * 0.8 + 0.1
    args = {"critic": critic, "real": real, "fake": fake, "mix": mix}
    return Case(name, {key: value.to(dtype) for key, value in args.items()}, tests, gradients=("critic",))


def cases(seed: int, device: torch.device) -> list[Case]:
    """Points on a line and in the plane, images; gentle and steep critics, a flat one; mixtures of 0 and 1."""
    draw = torch.Generator().manual_seed(seed)
    precise = torch.float32 if device.type == "mps" else torch.float64
    real, fake = (_case(f"only {name} points", torch.Size((3, 2)), draw, "mix") for name in ("real", "fake"))
    real.args["mix"].fill_(1.0)
    fake.args["mix"].fill_(0.0)
    return [
        _case("one pair on a line", torch.Size((1, 1)), draw),
        _case("two pairs in the plane", torch.Size((2, 2)), draw),
        _case("a gentle critic", torch.Size((4, 2)), draw, steep=0.1),
        _case("a steep critic", torch.Size((4, 2)), draw, steep=3.0),
        _case("float64", torch.Size((3, 3)), draw, dtype=precise),
        real,
        fake,
        _case("five pairs, five mixtures", torch.Size((5, 2)), draw, "mix"),
        _case("images", torch.Size((3, 1, 2, 2)), draw, "images"),
        _case("images with two channels", torch.Size((2, 2, 2, 3)), draw, "images"),
        _case("a flat critic", torch.Size((2, 2)), draw, "flat", steep=0.0),
    ]


EXERCISE = Exercise(
    id="gan.gradient_penalty",
    title="The gradient penalty",
    hour=15,
    position=3,
    minutes=7,
    difficulty=3,
    reference="labkit.gan.wgan_gp:gradient_penalty",
    returns=("penalty",),
    cases=cases,
    properties=(
        Property("shape", "the result is a single number", 0.25, "shape"),
        Property("values", "the slope of each point is held against 1", 1.25),
        Property("mix", "the points lie between real and fake, each pair mixed in its own way", 0.5),
        Property("images", "an image has one slope, over all its pixels", 0.5),
        Property("flat", "a critic that is flat pays 1", 0.25),
        Property("gradients", "the penalty can be differentiated for the critic's weights", 1.0, "gradients"),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ),
    hints=(
        "First the points. `mix` is (b,) and the samples are (b, 2), or (b, c, h, w) for images: give `mix` as many "
        "axes of length 1 as it takes. Then ask autograd to watch the points: `requires_grad_()`.",
        "`torch.autograd.grad(outputs, inputs)` wants a single number to differentiate. Each score depends on its own "
        "point only, so the gradient of the sum of all scores holds the gradient of each.",
        "The penalty will itself be differentiated, for the critic's weights. For that the gradient must remember how "
        "it came about: look at the argument `create_graph`.",
        "The slope of a point is the norm of its gradient over all its coordinates: flatten all axes but the first. "
        "Subtract 1, square, and take the mean over the points. Take torch's norm, which has a gradient at 0 too.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
)
