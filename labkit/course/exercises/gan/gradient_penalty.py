"""Exercise, a bug hunt: a gradient penalty as it was published, right for points and wrong for images."""

from collections.abc import Iterator

import torch

from labkit.course.check.authoring import Draw, cases, exercise
from labkit.course.check.spec import Case, Property
from labkit.gan.wgan_gp import gradient_penalty


def _case(draw: Draw, name: str, *shape: int, tests: str = "values", steep: float = 1.0) -> Case:
    """Random samples, one mixture for each pair, and a critic of three hidden units whose outer weights are `steep`."""
    real, fake = draw(*shape), draw(*shape)
    critic = draw(3, real[0].numel() + 2)
    critic[:, -1] *= steep
    mix = torch.rand(shape[0], generator=draw.generator) * 0.8 + 0.1
    return Case(name, {"critic": critic, "real": real, "fake": fake, "mix": mix}, tests)


@cases("critic")
def made(draw: Draw) -> Iterator[Case]:
    """Points on a line and in the plane, images; gentle and steep critics, a flat one; mixtures of 0 and 1."""
    yield _case(draw, "one pair on a line", 1, 1)
    yield _case(draw, "two pairs in the plane", 2, 2)
    yield _case(draw, "a gentle critic", 4, 2, steep=0.1)
    yield _case(draw, "a steep critic", 4, 2, steep=3.0)
    yield draw.exact(_case(draw, "float64", 3, 3))
    for name, mix in (("real", 1.0), ("fake", 0.0)):
        case = _case(draw, f"only {name} points", 3, 2, tests="mix")
        case.args["mix"].fill_(mix)
        yield case
    yield _case(draw, "five pairs, five mixtures", 5, 2, tests="mix")
    yield _case(draw, "images", 3, 1, 2, 2, tests="images")
    yield _case(draw, "images with two channels", 2, 2, 2, 3, tests="images")
    yield _case(draw, "a flat critic", 2, 2, tests="flat", steep=0.0)


EXERCISE = exercise(
    __name__,
    gradient_penalty,
    made,
    [
        Property("shape", "the result is a single number", 0.25, "shape"),
        Property("values", "the slope at each point is compared with 1", 0.5),
        Property("mix", "the points lie between real and fake, each pair mixed in its own way", 0.25),
        Property("images", "an image has one slope, over all its pixels", 1.75),
        Property("flat", "a flat critic has a penalty of 1", 0.25),
        Property("gradients", "the penalty can be differentiated for the critic's weights", 0.75, "gradients"),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ],
    title="Bug hunt: the gradient penalty",
    minutes=7,
    difficulty=2,
    returns=("penalty",),
    bug_hunt=True,
    hints=(
        "For points in the plane the code is right, so test it on images. Write down the shape of every line for "
        "`real` of shape (5, 1, 28, 28): how many slopes does the code compute for the five images?",
        "A slope is the length of a gradient over *all* coordinates of one sample. Work the example of the docstring "
        "by hand: the gradient of the score is 0.5 at each of the four pixels. What is its length?",
        "Make one long axis of everything after the batch axis before you take the norm: `gradient.flatten(1)`.",
    ),
)
