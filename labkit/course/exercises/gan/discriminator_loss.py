"""Exercise: the discriminator's loss, from logits."""

from collections.abc import Iterator

import torch

from labkit.course.check.authoring import Draw, cases, exercise, strided
from labkit.course.check.spec import Case, Property
from labkit.gan.losses import discriminator_loss


def large(draw: Draw) -> torch.Tensor:
    """Four scores of 200 to 1000 in size, of alternating sign."""
    return (200 + 800 * torch.rand(4, generator=draw.generator)) * torch.tensor([1.0, -1.0, 1.0, -1.0])


def _case(name: str, real: torch.Tensor, fake: torch.Tensor, tests: str = "values") -> Case:
    return Case(name, {"real": real, "fake": fake}, tests)


@cases("real", "fake")
def made(draw: Draw) -> Iterator[Case]:
    """As many real as fake and not; float64, strides, scores so large that exponentials overflow."""
    yield _case("one real, one fake", 2 * draw(1), 2 * draw(1))
    yield _case("two of each", 2 * draw(2), 2 * draw(2))
    yield _case("five of each", 2 * draw(5), 2 * draw(5))
    yield draw.exact(_case("float64", 2 * draw(3), 2 * draw(3)))
    yield strided(_case("inputs that are not contiguous", 2 * draw(4), 2 * draw(4)))
    yield _case("two real, five fake", 2 * draw(2), 2 * draw(5), "sizes")
    yield _case("six real, one fake", 2 * draw(6), 2 * draw(1), "sizes")
    yield _case("large scores", large(draw), large(draw), "large")


EXERCISE = exercise(
    __name__,
    discriminator_loss,
    made,
    [
        Property("shape", "the result is a single number", 0.25, "shape"),
        Property("values", "right for real and fake scores of either sign, and in float64", 1.0),
        Property("sizes", "real and fake scores have a mean each, however many there are", 0.5),
        Property("large", "right and finite for large scores", 0.75),
        Property("gradients", "right gradients for both", 0.25, "gradients"),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ],
    title="What the discriminator minimizes",
    minutes=5,
    difficulty=1,
    returns=("loss",),
    hidden=("labkit.gan.optimum:game_value",),
    hints=(
        "This is a classifier with two classes. Write the cross-entropy of one real sample, whose label is 1, and of "
        "one fake, whose label is 0. In both, D = sigmoid(score).",
        "-log(sigmoid(s)) equals log(1 + exp(-s)), and 1 - sigmoid(s) equals sigmoid(-s). torch has a function for "
        "log(1 + exp(x)) that does not overflow: `softplus`. It also has a binary cross-entropy that takes logits.",
        "Take two means, one over the real scores and one over the fake scores, and add them. If all scores are 0, "
        "the result is 2 log 2, about 1.386.",
    ),
)
