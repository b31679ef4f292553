"""What goes wrong in the discriminator's loss: each function is wrong in one thing, which its docstring names."""

import torch
import torch.nn.functional as F


def labels_swapped(real, fake):
    """Real and fake have changed places.

    This loss teaches the discriminator to call real samples fake. Take a real sample with a score of 5, which the
    discriminator rightly takes for real: is your loss small or large? Which should it be?
    """
    return F.softplus(real).mean() + F.softplus(-fake).mean()


def fakes_labeled_real(real, fake):
    """Both kinds are labeled real.

    The label of a fake is 0, so its loss is -log(1 - D), not -log D. With your loss, a discriminator that calls
    everything real has no loss at all.
    """
    return F.softplus(-real).mean() + F.softplus(-fake).mean()


def one_sign(real, fake):
    """The second term has the wrong sign.

    The minus in front of the second expectation is missing: your loss becomes smaller when the discriminator takes
    fakes for real. Both terms of a cross-entropy are positive.
    """
    return F.softplus(-real).mean() - F.softplus(fake).mean()


def log_of_sigmoid(real, fake):
    """The sigmoid is taken first, and then its logarithm.

    The formula is right, but float32 is too short for it: the sigmoid of 20 is exactly 1, and the logarithm of
    1 - 1 is minus infinity. torch has functions that take the logit itself. Look for one.
    """
    return -real.sigmoid().log().mean() - (1 - fake.sigmoid()).log().mean()


def small_number_inside(real, fake):
    """A small number is added inside the logarithm.

    It avoids the infinity, but it limits the loss to about 18 and stops the gradient where the discriminator is most
    certain and wrong. A function that takes the logit needs no such number.
    """
    return -(real.sigmoid() + 1e-8).log().mean() - (1 - fake.sigmoid() + 1e-8).log().mean()


def sigmoid_twice(real, fake):
    """The sigmoid is applied twice.

    A function whose name ends in "with logits" applies the sigmoid itself. Give it the scores as they are.
    """
    real, fake = real.sigmoid(), fake.sigmoid()
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def halved(real, fake):
    """The two terms are averaged.

    Many programs do this, and with another learning rate they learn as well. The paper's value is the sum of two
    expectations. If all scores are 0, the loss is 2 log 2 = 1.386. What is yours?
    """
    return (F.softplus(-real).mean() + F.softplus(fake).mean()) / 2


def value_not_loss(real, fake):
    """The sign is that of the value V.

    The discriminator maximizes V, and an optimizer minimizes. What has to happen to the sign?
    """
    return -F.softplus(-real).mean() - F.softplus(fake).mean()


def sums(real, fake):
    """The losses are added up over the batch.

    An expectation becomes a mean. With sums, a batch of twice the size would give a gradient of twice the size.
    """
    return F.softplus(-real).sum() + F.softplus(fake).sum()


def one_mean_for_all(real, fake):
    """One mean runs over real and fake scores together.

    The formula has two expectations, one over the data and one over the noise. With two real and five fake samples,
    what is the weight of each kind in your loss?
    """
    return torch.cat([F.softplus(-real), F.softplus(fake)]).mean()


def mean_of_the_scores(real, fake):
    """The scores are averaged before the logarithm.

    The formula averages the losses of the samples. Take two fakes with scores 10 and -10. Their mean score is 0, but
    one of them costs 10. Apply the logarithm to each score, then take the mean.
    """
    return F.softplus(-real.mean()) + F.softplus(fake.mean())


def scores_as_probabilities(real, fake):
    """The scores are used as probabilities.

    A score can be any number, and the logarithm of a negative number does not exist. Which function turns a score into
    a probability?
    """
    return -real.log().mean() - (1 - fake).log().mean()


def only_the_fakes(real, fake):
    """Only the fakes are used.

    With your loss, a discriminator that calls everything fake has no loss at all. Which term is missing?
    """
    return F.softplus(fake).mean() + 0.0 * real.sum()


def only_the_real(real, fake):
    """Only the real samples are used.

    With your loss, a discriminator that calls everything real has no loss at all. Which term is missing?
    """
    return F.softplus(-real).mean() + 0.0 * fake.sum()


def critic_of_wasserstein(real, fake):
    """The loss is that of a Wasserstein critic.

    The difference of the mean scores has no logarithm. It belongs to part 4, where the discriminator is replaced by a
    critic. Here the loss is a cross-entropy.
    """
    return fake.mean() - real.mean()


def fakes_detached(real, fake):
    """No gradient comes back from the fake scores.

    The value is right, but the discriminator learns nothing from fakes. To keep the generator out of this step, the
    training loop detaches the fake *samples* before they are scored. The scores must not be detached.
    """
    return F.softplus(-real).mean() + F.softplus(fake.detach()).mean()


def added_in_pairs(real, fake):
    """Real and fake scores are added in pairs.

    There may be more fakes than real samples, and then they do not pair up. Take the mean of each kind first, and add
    the two means.
    """
    return (F.softplus(-real) + F.softplus(fake)).mean()


def two_results(real, fake):
    """The two terms are returned apart.

    The discriminator takes one step on one number: the sum of both.
    """
    return F.softplus(-real).mean(), F.softplus(fake).mean()
