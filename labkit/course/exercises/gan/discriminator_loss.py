"""Exercise: the discriminator's loss, from logits."""

import torch
import torch.nn.functional as F

from labkit.course.check.spec import Case, Exercise, Misconception, Property


def scores(count: int, draw: torch.Generator, size: float = 2.0) -> torch.Tensor:
    """Random scores of a moderate size, both signs."""
    return size * torch.randn(count, generator=draw)


def large_scores(draw: torch.Generator) -> torch.Tensor:
    """Sure, and wrong as often as right."""
    return (200 + 800 * torch.rand(4, generator=draw)) * torch.tensor([1.0, -1.0, 1.0, -1.0])


def cases(seed: int, device: torch.device) -> list[Case]:
    """As many real as fake and not; float64, strides, scores so large that exponentials overflow."""
    draw = torch.Generator().manual_seed(seed)
    precise = torch.float32 if device.type == "mps" else torch.float64

    def case(name: str, real: torch.Tensor, fake: torch.Tensor, tests: str = "values", strided: tuple = ()) -> Case:
        return Case(name, {"real": real, "fake": fake}, tests, gradients=("real", "fake"), strided=strided)

    return [
        case("one real, one fake", scores(1, draw), scores(1, draw)),
        case("two of each", scores(2, draw), scores(2, draw)),
        case("five of each", scores(5, draw), scores(5, draw)),
        case("float64", scores(3, draw).to(precise), scores(3, draw).to(precise)),
        case("inputs that are not contiguous", scores(4, draw), scores(4, draw), strided=("real", "fake")),
        case("two real, five fake", scores(2, draw), scores(5, draw), "sizes"),
        case("six real, one fake", scores(6, draw), scores(1, draw), "sizes"),
        case("large scores", large_scores(draw), large_scores(draw), "large"),
    ]


def labels_swapped(real, fake):
    """Real and fake have changed places.

    You teach the discriminator to call real samples fake. For a real sample that it is sure of, with a score of 5, is
    your loss small or large? Which should it be?
    """
    return F.softplus(real).mean() + F.softplus(-fake).mean()


def log_of_sigmoid(real, fake):
    """The sigmoid is taken first, and the logarithm of it then.

    The formula is right, the computer's numbers are too short for it: in float32 the sigmoid of 20 is exactly 1, and
    the logarithm of 1 less that is minus infinity. torch has functions that take the logit itself: look for one.
    """
    return -real.sigmoid().log().mean() - (1 - fake.sigmoid()).log().mean()


def small_number_inside(real, fake):
    """A small number keeps the logarithm from infinity.

    It does, and it also caps the loss at 18 and stops the gradient, where the discriminator is surest and most wrong.
    A function that takes the logit itself needs no such number.
    """
    return -(real.sigmoid() + 1e-8).log().mean() - (1 - fake.sigmoid() + 1e-8).log().mean()


def sigmoid_twice(real, fake):
    """The sigmoid is applied twice.

    A function whose name ends in "with logits" does it for you. Give it the scores as they are.
    """
    real, fake = real.sigmoid(), fake.sigmoid()
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def halved(real, fake):
    """The two parts are averaged.

    Many programs do, and learn as well with another learning rate. The paper's value is the sum of two expectations,
    so that a discriminator which cannot tell loses 2 log 2: what does yours lose when all scores are 0?
    """
    return (F.softplus(-real).mean() + F.softplus(fake).mean()) / 2


def value_not_loss(real, fake):
    """The sign is that of the game's value.

    The discriminator maximizes the value. An optimizer minimizes: what has to happen to the sign?
    """
    return -F.softplus(-real).mean() - F.softplus(fake).mean()


def sums(real, fake):
    """Losses are added up over the batch.

    An expectation becomes a mean. With sums, twice the batch would mean twice the step.
    """
    return F.softplus(-real).sum() + F.softplus(fake).sum()


def one_mean_for_all(real, fake):
    """One mean runs over real and fake together.

    There are two expectations in the formula, one over the data and one over the noise. With two real and five fake
    samples, how much does each count in yours?
    """
    return torch.cat([F.softplus(-real), F.softplus(fake)]).mean()


def scores_as_probabilities(real, fake):
    """The scores are taken for probabilities.

    A score is any number, and the logarithm of a negative one is not a number. What turns a score into a probability?
    """
    return -real.log().mean() - (1 - fake).log().mean()


def only_the_fakes(real, fake):
    """Only the fakes are looked at.

    A discriminator that calls everything fake has no loss at all under yours. What is missing?
    """
    return F.softplus(fake).mean() + 0.0 * real.sum()


def fakes_detached(real, fake):
    """No gradient comes back from the fakes.

    The value is right, yet the discriminator learns nothing from the fakes' scores. What keeps the generator out of
    this step is that the fake *samples* are detached before they are scored: the scores must not be.
    """
    return F.softplus(-real).mean() + F.softplus(fake.detach()).mean()


SLIPS = (
    labels_swapped,
    log_of_sigmoid,
    small_number_inside,
    sigmoid_twice,
    halved,
    value_not_loss,
    sums,
    one_mean_for_all,
    scores_as_probabilities,
    only_the_fakes,
    fakes_detached,
)

EXERCISE = Exercise(
    id="gan.discriminator_loss",
    title="What the discriminator minimizes",
    hour=15,
    position=1,
    minutes=4,
    difficulty=1,
    reference="labkit.gan.losses:discriminator_loss",
    hidden=("labkit.gan.optimum:game_value",),
    returns=("loss",),
    cases=cases,
    properties=(
        Property("shape", "the result is a single number", 0.25, "shape"),
        Property("values", "right for real and fake scores of any sign, and in float64", 1.0),
        Property("sizes", "real and fake have a mean each, however many there are", 0.5),
        Property("large", "large scores give a number, and the right one", 0.75),
        Property("gradients", "right gradients for both", 0.25, "gradients"),
        Property("inputs", "the inputs are left as they were", 0.25, "inputs"),
    ),
    hints=(
        "This is a classifier with two classes. Write the cross-entropy of a real sample, whose label is 1, and of a "
        "fake, whose label is 0, each with D = sigmoid(score).",
        "Minus the logarithm of sigmoid(s) is log(1 + exp(-s)), and 1 - sigmoid(s) is sigmoid(-s). torch has a "
        "function for log(1 + exp(x)) that never overflows; there is also a binary cross-entropy that takes logits.",
        "Two means, added: one over the real scores, one over the fakes. When all scores are 0, the result is 2 log 2, "
        "about 1.386.",
    ),
    misconceptions=tuple(map(Misconception.of, SLIPS)),
)
