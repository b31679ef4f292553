"""Exercise: the generator's two losses, minimax and non-saturating."""

from collections.abc import Iterator

import torch

from labkit.course.check.authoring import Draw, cases, exercise, strided
from labkit.course.check.spec import Case, Property
from labkit.course.exercises.gan.discriminator_loss import large
from labkit.gan.losses import generator_losses


def _case(name: str, fake: torch.Tensor, tests: str = "values") -> Case:
    return Case(name, {"fake": fake}, tests)


@cases("fake")
def made(draw: Draw) -> Iterator[Case]:
    """One fake and many; fakes that are taken for real and fakes that are not; float64, strides, large scores."""
    yield _case("one fake", 2 * draw(1))
    yield _case("two fakes", 2 * draw(2))
    yield _case("seven fakes", 2 * draw(7))
    yield _case("fakes that are recognized as fakes", -2 - 2 * draw(3).abs())
    yield _case("fakes that are taken for real", 2 + 2 * draw(3).abs())
    yield draw.exact(_case("float64", 2 * draw(3)))
    yield strided(_case("scores that are not contiguous", 2 * draw(4)))
    yield _case("large scores", large(draw), "large")


EXERCISE = exercise(
    __name__,
    generator_losses,
    made,
    [
        Property("shape", "two results, a single number each", 0.25, "shape"),
        Property("minimax", "the minimax loss is the part of the value that depends on fakes", 0.75, result="minimax"),
        Property(
            "non-saturating", "the non-saturating loss is small for fakes taken for real", 0.75, result="non_saturating"
        ),
        Property("large", "right and finite for large scores", 0.75),
        Property("gradients", "right gradients through both", 0.25, "gradients"),
        Property("inputs", "the input is left as it was", 0.25, "inputs"),
    ],
    title="What the generator minimizes, twice",
    minutes=4,
    difficulty=1,
    returns=("minimax", "non_saturating"),
    hidden=(
        "labkit.gan.losses:minimax_loss",
        "labkit.gan.losses:non_saturating_loss",
        "labkit.gan.losses:discriminator_loss",
        "labkit.gan.optimum:game_value",
    ),
    hints=(
        "Both are means over the fakes. The first is the term of the value V that contains fakes, with its sign as it "
        "stands in V: the generator minimizes what the discriminator maximizes.",
        "The second is minus the mean of log D: the cross-entropy that the discriminator would have if the fakes were "
        "labeled real.",
        "1 - sigmoid(s) equals sigmoid(-s), and -log(sigmoid(s)) equals softplus(-s) = log(1 + exp(-s)). So one "
        "function of torch gives both losses, with a different sign inside and outside. For a score of 0 the first "
        "loss is -log 2 and the second log 2.",
    ),
)
