"""What goes wrong in the gradient penalty."""

import torch

from labkit.gan.wgan_gp import scores_of


def _points(real, fake, mix):
    mix = mix.reshape(-1, *[1] * (real.ndim - 1))
    return (mix * real + (1 - mix) * fake).detach().requires_grad_()


def _gradient(critic, points, create_graph=True, total=torch.sum):
    return torch.autograd.grad(total(scores_of(critic, points)), points, create_graph=create_graph)[0].flatten(1)


def mean_of_the_scores(critic, real, fake, mix):
    """The gradient is that of the mean score.

    Each point then has its slope divided by the size of the batch, and your critic would have to be so many times
    steeper. What of the scores should be differentiated, so that each point gets its own gradient, undivided?
    """
    gradient = _gradient(critic, _points(real, fake, mix), total=torch.mean)
    return (gradient.norm(dim=1) - 1).square().mean()


def graph_forgotten(critic, real, fake, mix):
    """The gradient is cut off from the critic.

    The value is right, and no weight learns from it: the penalty is itself to be differentiated. `torch.autograd.grad`
    forgets how it found the gradient unless it is told to remember. Which argument does that?
    """
    gradient = _gradient(critic, _points(real, fake, mix), create_graph=False)
    return (gradient.norm(dim=1) - 1).square().mean()


def root_forgotten(critic, real, fake, mix):
    """The squared norm is compared with 1.

    A slope is a length: the root of a sum of squares. Which of your two squares is for the length, and which for the
    distance from 1?
    """
    gradient = _gradient(critic, _points(real, fake, mix))
    return (gradient.square().sum(dim=1) - 1).square().mean()


def root_by_hand(critic, real, fake, mix):
    """The root has no gradient at 0.

    The derivative of the root is infinite there, and a critic that is flat somewhere gets NaN for its weights. torch's
    own norm knows about this place.
    """
    gradient = _gradient(critic, _points(real, fake, mix))
    return (gradient.square().sum(dim=1).sqrt() - 1).square().mean()


def towards_zero(critic, real, fake, mix):
    """The slope is drawn to 0, not to 1.

    A critic that is flat can tell nothing apart. What should be taken from the norm before it is squared?
    """
    gradient = _gradient(critic, _points(real, fake, mix))
    return gradient.square().sum(dim=1).mean()


def one_norm_for_all(critic, real, fake, mix):
    """One norm runs over the whole batch.

    Each point has a slope of its own, and each should be 1. Over which axes does the norm run, and which is left?
    """
    gradient = _gradient(critic, _points(real, fake, mix))
    return (gradient.norm() - 1).square()


def each_coordinate(critic, real, fake, mix):
    """Every coordinate of the gradient is drawn to 1.

    It is the length of the gradient that should be 1, in whatever direction it points.
    """
    gradient = _gradient(critic, _points(real, fake, mix))
    return (gradient.abs() - 1).square().mean()


def channels_only(critic, real, fake, mix):
    """The norm runs over the second axis only.

    For points in the plane that is all there is. An image has a gradient for each pixel of each channel, and its slope
    is the length of all of them together: make one long axis of them first.
    """
    points = _points(real, fake, mix)
    (gradient,) = torch.autograd.grad(scores_of(critic, points).sum(), points, create_graph=True)
    return (gradient.norm(dim=1) - 1).square().mean()


def mix_for_points_only(critic, real, fake, mix):
    """The mixture has two axes, whatever the samples have.

    For points that is right. Shapes are matched from the last axis backwards: beside images of (b, c, h, w), what do
    the two axes of your mixture meet? How many axes should it have?
    """
    points = (mix[:, None] * real + (1 - mix[:, None]) * fake).detach().requires_grad_()
    return (_gradient(critic, points).norm(dim=1) - 1).square().mean()


def mix_as_it_comes(critic, real, fake, mix):
    """The mixture is multiplied as it comes, with one axis.

    Shapes are matched from the last axis backwards: one number for each *pair* then meets the *coordinates*. Where
    there are as many of both this even runs, and is wrong. Where must the axis of the pairs stand?
    """
    points = (mix * real + (1 - mix) * fake).detach().requires_grad_()
    return (_gradient(critic, points).norm(dim=1) - 1).square().mean()


def only_too_steep(critic, real, fake, mix):
    """Only slopes above 1 are punished.

    This is the one-sided penalty, which the paper names too and does not choose. Here a slope of 0 costs as much as a
    slope of 2.
    """
    gradient = _gradient(critic, _points(real, fake, mix))
    return (gradient.norm(dim=1) - 1).clamp(min=0).square().mean()


def at_the_real_points(critic, real, fake, mix):
    """The slope is taken at the real points.

    A critic can be well-behaved there and steep on the way to the fakes. What is `mix` for?
    """
    gradient = _gradient(critic, _points(real, fake, torch.ones_like(mix)))
    return (gradient.norm(dim=1) - 1).square().mean()


def one_mix_for_all(critic, real, fake, mix):
    """All pairs are mixed by the same number.

    `mix` has one number for each pair, so that all of the way between real and fake is looked at.
    """
    gradient = _gradient(critic, _points(real, fake, mix[:1].expand_as(mix)))
    return (gradient.norm(dim=1) - 1).square().mean()


def mixed_the_other_way(critic, real, fake, mix):
    """Real and fake have changed places in the mixture.

    In training, where the mixture is uniform, this makes no difference. Here a mix of 1 means the real point, as in
    the paper.
    """
    gradient = _gradient(critic, _points(fake, real, mix))
    return (gradient.norm(dim=1) - 1).square().mean()


def summed_over_the_batch(critic, real, fake, mix):
    """The penalty is added up over the batch.

    An expectation becomes a mean; with a sum, its weight beside the critic's loss depends on the size of the batch.
    """
    gradient = _gradient(critic, _points(real, fake, mix))
    return (gradient.norm(dim=1) - 1).square().sum()


def slope_of_the_mean_alone(critic, real, fake, mix):
    """The mean slope is compared with 1.

    Half of the points at slope 0 and half at slope 2 would then cost nothing. Compare first, then take the mean.
    """
    gradient = _gradient(critic, _points(real, fake, mix))
    return (gradient.norm(dim=1).mean() - 1).square()


SLIPS = (
    mean_of_the_scores,
    graph_forgotten,
    root_forgotten,
    root_by_hand,
    towards_zero,
    one_norm_for_all,
    each_coordinate,
    channels_only,
    mix_for_points_only,
    mix_as_it_comes,
    only_too_steep,
    at_the_real_points,
    one_mix_for_all,
    mixed_the_other_way,
    summed_over_the_batch,
    slope_of_the_mean_alone,
)
