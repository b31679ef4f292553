"""Exercise: the generator's two losses, minimax and non-saturating."""

import torch
import torch.nn.functional as F

from labkit.course.check.spec import Case, Exercise, Misconception, Property
from labkit.course.exercises.gan.discriminator_loss import large_scores, scores


def cases(seed: int, device: torch.device) -> list[Case]:
    """One fake and many; fakes that pass and fakes that do not; float64, strides, large scores."""
    draw = torch.Generator().manual_seed(seed)
    precise = torch.float32 if device.type == "mps" else torch.float64

    def case(name: str, fake: torch.Tensor, tests: str = "values", strided: tuple = ()) -> Case:
        return Case(name, {"fake": fake}, tests, gradients=("fake",), strided=strided)

    return [
        case("one fake", scores(1, draw)),
        case("two fakes", scores(2, draw)),
        case("seven fakes", scores(7, draw)),
        case("fakes that are seen through", -2 - scores(3, draw).abs()),
        case("fakes that pass", 2 + scores(3, draw).abs()),
        case("float64", scores(3, draw).to(precise)),
        case("scores that are not contiguous", scores(4, draw), strided=("fake",)),
        case("large scores", large_scores(draw), "large"),
    ]


def changed_places(fake):
    """The two losses have changed places.

    Both are right. The first should be the one whose gradient is almost zero where a fake is seen through: which of
    the two is that?
    """
    return F.softplus(-fake).mean(), -F.softplus(fake).mean()


def minimax_of_the_discriminator(fake):
    """The first is what the discriminator minimizes.

    Its part of the value has a minus in front when it minimizes. The generator pulls at the same number in the other
    direction: with a fake that passes, should the generator's loss be lower or higher?
    """
    return F.softplus(fake).mean(), F.softplus(-fake).mean()


def both_negated_minimax(fake):
    """The second is the first with another sign.

    Its sign is that of the discriminator. The non-saturating loss is another function, not another sign: it asks how
    likely the fake is to be called real, not how unlikely to be called fake.
    """
    return -F.softplus(fake).mean(), F.softplus(fake).mean()


def non_saturating_upside_down(fake):
    """The second has the wrong sign.

    It is the mean of log D, which grows as the generator does better. An optimizer minimizes.
    """
    return -F.softplus(fake).mean(), -F.softplus(-fake).mean()


def twice_the_same(fake):
    """Both are the non-saturating loss.

    They have the same goal, and another shape. Take a fake that is seen through, with a
    score of -10: which of the two should be large there, and which close to 0?
    """
    return F.softplus(-fake).mean(), F.softplus(-fake).mean()


def log_of_sigmoid(fake):
    """The sigmoid is taken first, and the logarithm of it then.

    The formulas are right, the computer's numbers are too short: the sigmoid of a large score is exactly 1, and of a
    very negative one exactly 0, and then the logarithm is infinite. Start from the score itself.
    """
    return (1 - fake.sigmoid()).log().mean(), -fake.sigmoid().log().mean()


def small_number_inside(fake):
    """A small number keeps the logarithm from infinity.

    It also stops the gradient just where the non-saturating loss was made to have one. A function of the score itself
    needs no such number.
    """
    return (1 - fake.sigmoid() + 1e-8).log().mean(), -(fake.sigmoid() + 1e-8).log().mean()


def sums(fake):
    """Losses are added up over the batch.

    An expectation becomes a mean, so that the step does not depend on the size of the batch.
    """
    return -F.softplus(fake).sum(), F.softplus(-fake).sum()


def scores_as_probabilities(fake):
    """The scores are taken for probabilities.

    A score is any number, and the logarithm of a negative one is not a number. What turns a score into a probability?
    """
    return (1 - fake).log().mean(), -fake.log().mean()


def learns_only_one_way(fake):
    """No gradient comes back from the second loss.

    Its value is right. A generator that is trained on it would stand still: is there a `detach`, or a number that has
    left torch, on the way?
    """
    return -F.softplus(fake).mean(), F.softplus(-fake.detach()).mean()


SLIPS = (
    changed_places,
    minimax_of_the_discriminator,
    both_negated_minimax,
    non_saturating_upside_down,
    twice_the_same,
    log_of_sigmoid,
    small_number_inside,
    sums,
    scores_as_probabilities,
    learns_only_one_way,
)

EXERCISE = Exercise(
    id="gan.generator_losses",
    title="What the generator minimizes, twice",
    hour=15,
    position=2,
    minutes=4,
    difficulty=1,
    reference="labkit.gan.losses:generator_losses",
    hidden=(
        "labkit.gan.losses:minimax_loss",
        "labkit.gan.losses:non_saturating_loss",
        "labkit.gan.losses:discriminator_loss",
        "labkit.gan.optimum:game_value",
    ),
    returns=("minimax", "non_saturating"),
    cases=cases,
    properties=(
        Property("shape", "two results, a single number each", 0.25, "shape"),
        Property("minimax", "the minimax loss is what the discriminator wins on fakes", 0.75, result="minimax"),
        Property("non-saturating", "the non-saturating loss is small where fakes pass", 0.75, result="non_saturating"),
        Property("large", "large scores give numbers, and the right ones", 0.75),
        Property("gradients", "right gradients through both", 0.25, "gradients"),
        Property("inputs", "the input is left as it was", 0.25, "inputs"),
    ),
    hints=(
        "Both are means over the fakes. The first is the part of the game's value that has fakes in it, as it stands: "
        "the generator minimizes what the discriminator maximizes.",
        "The second asks for the opposite label: minus the logarithm of D, the loss that the discriminator would have "
        "if the fakes were real.",
        "1 - sigmoid(s) is sigmoid(-s), and minus the logarithm of sigmoid(s) is log(1 + exp(-s)): one function of "
        "torch gives both, with signs inside and outside. At a score of 0 the first is -log 2 and the second log 2.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
)
