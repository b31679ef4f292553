"""What goes wrong in the generator's two losses: each function is wrong in one thing, which its docstring names."""

import torch.nn.functional as F


def changed_places(fake):
    """The two losses have changed places.

    Both are right. The first should be the minimax loss, whose gradient almost vanishes for a fake that the
    discriminator recognizes. Which of your two is that?
    """
    return F.softplus(-fake).mean(), -F.softplus(fake).mean()


def minimax_of_the_discriminator(fake):
    """The first has the sign of the discriminator's loss.

    The discriminator minimizes -log(1 - D), and the generator minimizes log(1 - D), the same number with the other
    sign. For a fake that is taken for real, should the generator's loss be lower or higher?
    """
    return F.softplus(fake).mean(), F.softplus(-fake).mean()


def both_negated_minimax(fake):
    """The second is the first with another sign.

    The non-saturating loss is another function, not another sign: -log D instead of log(1 - D).
    """
    return -F.softplus(fake).mean(), F.softplus(fake).mean()


def non_saturating_upside_down(fake):
    """The second has the wrong sign.

    It is the mean of log D, which grows as the generator gets better. An optimizer minimizes.
    """
    return -F.softplus(fake).mean(), -F.softplus(-fake).mean()


def twice_the_same(fake):
    """Both are the non-saturating loss.

    The two losses have the same goal and different shapes. For a score of -10, the first is almost 0 and the second
    about 10.
    """
    return F.softplus(-fake).mean(), F.softplus(-fake).mean()


def log_of_sigmoid(fake):
    """The sigmoid is taken first, and then its logarithm.

    The formulas are right, but float32 is too short for them: the sigmoid of a large score is exactly 1, that of a
    very negative one exactly 0, and then the logarithm is infinite. Start from the score itself.
    """
    return (1 - fake.sigmoid()).log().mean(), -fake.sigmoid().log().mean()


def small_number_inside(fake):
    """A small number is added inside the logarithm.

    It avoids the infinity, and it stops the gradient exactly where the non-saturating loss is meant to have one. A
    function of the score itself needs no such number.
    """
    return (1 - fake.sigmoid() + 1e-8).log().mean(), -(fake.sigmoid() + 1e-8).log().mean()


def sums(fake):
    """The losses are added up over the batch.

    An expectation becomes a mean, so that the step does not depend on the size of the batch.
    """
    return -F.softplus(fake).sum(), F.softplus(-fake).sum()


def mean_of_the_scores(fake):
    """The scores are averaged before the logarithm.

    The formula averages the losses of the samples. Apply the logarithm to each score, then take the mean.
    """
    return -F.softplus(fake.mean()), F.softplus(-fake.mean())


def critic_of_wasserstein(fake):
    """The second is the loss of a Wasserstein generator.

    Minus the mean score has no logarithm. It belongs to part 4, where the discriminator is replaced by a critic.
    """
    return -F.softplus(fake).mean(), -fake.mean()


def scores_as_probabilities(fake):
    """The scores are used as probabilities.

    A score can be any number, and the logarithm of a negative number does not exist. Which function turns a score into
    a probability?
    """
    return (1 - fake).log().mean(), -fake.log().mean()


def learns_only_one_way(fake):
    """No gradient comes back from the second loss.

    Its value is right, but a generator trained on it would not change. Look for a `detach`, or for a number that has
    left torch.
    """
    return -F.softplus(fake).mean(), F.softplus(-fake.detach()).mean()
