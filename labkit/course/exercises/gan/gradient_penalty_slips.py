"""What goes wrong in the gradient penalty: each function is wrong in one thing, which its docstring names."""

import torch

from labkit.gan.wgan_gp import scores_of


def _points(real, fake, mix):
    mix = mix.reshape(-1, *[1] * (real.ndim - 1))
    return (mix * real + (1 - mix) * fake).detach().requires_grad_()


def _gradient(critic, points, create_graph=True, total=torch.sum):
    return torch.autograd.grad(total(scores_of(critic, points)), points, create_graph=create_graph)[0].flatten(1)


def channels_only(critic, real, fake, mix):
    """The norm runs over the second axis only.

    For points in the plane there is no other axis. An image has a gradient at each pixel of each channel, and its
    slope is the length of all of them together. How many slopes does your code compute for one image?
    """
    points = _points(real, fake, mix)
    (gradient,) = torch.autograd.grad(scores_of(critic, points).sum(), points, create_graph=True)
    return (gradient.norm(dim=1) - 1).square().mean()


def mean_of_the_scores(critic, real, fake, mix):
    """The gradient is that of the mean score.

    The slope at each point is then divided by the batch size. Differentiate a quantity in which every score
    counts with weight 1, so that each point gets its own gradient, undivided.
    """
    gradient = _gradient(critic, _points(real, fake, mix), total=torch.mean)
    return (gradient.norm(dim=1) - 1).square().mean()


def graph_forgotten(critic, real, fake, mix):
    """The gradient is cut off from the critic.

    The value is right, but no weight learns from it. The penalty will itself be differentiated, so autograd has
    to record how the gradient was computed. Which argument of `torch.autograd.grad` does that?
    """
    gradient = _gradient(critic, _points(real, fake, mix), create_graph=False)
    return (gradient.norm(dim=1) - 1).square().mean()


def root_forgotten(critic, real, fake, mix):
    """The squared norm is compared with 1.

    A slope is a length: the root of a sum of squares. One of your squares belongs to the length, the other to the
    distance from 1.
    """
    gradient = _gradient(critic, _points(real, fake, mix))
    return (gradient.square().sum(dim=1) - 1).square().mean()


def root_by_hand(critic, real, fake, mix):
    """The root has no gradient at 0.

    The derivative of the root is infinite there, so a critic that is flat somewhere gets NaN for its weights. The
    norm functions of torch handle this case.
    """
    gradient = _gradient(critic, _points(real, fake, mix))
    return (gradient.square().sum(dim=1).sqrt() - 1).square().mean()


def towards_zero(critic, real, fake, mix):
    """The slope is pulled towards 0, not 1.

    A flat critic cannot distinguish anything. What has to be subtracted from the norm before it is squared?
    """
    gradient = _gradient(critic, _points(real, fake, mix))
    return gradient.square().sum(dim=1).mean()


def one_norm_for_all(critic, real, fake, mix):
    """One norm runs over the whole batch.

    Each point has a slope of its own, and each should be 1. Which axes does the norm run over, and which one has
    to remain?
    """
    gradient = _gradient(critic, _points(real, fake, mix))
    return (gradient.norm() - 1).square()


def each_coordinate(critic, real, fake, mix):
    """Every coordinate of the gradient is pulled towards 1.

    The length of the whole gradient should be 1, in whatever direction it points.
    """
    gradient = _gradient(critic, _points(real, fake, mix))
    return (gradient.abs() - 1).square().mean()


def mix_as_it_comes(critic, real, fake, mix):
    """The mixture is multiplied with its one axis.

    torch aligns shapes from the last axis backwards, so the numbers of the *pairs* meet the *coordinates*. If
    there are as many of both, this runs and is wrong. Where must the axis of the pairs stand?
    """
    points = (mix * real + (1 - mix) * fake).detach().requires_grad_()
    return (_gradient(critic, points).norm(dim=1) - 1).square().mean()


def only_too_steep(critic, real, fake, mix):
    """Only slopes above 1 are penalized.

    This is the one-sided penalty, which the paper mentions and does not choose. Here a slope of 0 costs as much
    as a slope of 2.
    """
    gradient = _gradient(critic, _points(real, fake, mix))
    return (gradient.norm(dim=1) - 1).clamp(min=0).square().mean()


def mixed_the_other_way(critic, real, fake, mix):
    """Real and fake have changed places in the mixture.

    In training, where the mixture is uniform, this makes no difference. Here a mix of 1 means the real point, as
    in the paper.
    """
    gradient = _gradient(critic, _points(fake, real, mix))
    return (gradient.norm(dim=1) - 1).square().mean()


def summed_over_the_batch(critic, real, fake, mix):
    """The penalty is added up over the batch.

    An expectation becomes a mean. With a sum, the weight of the penalty beside the critic's loss depends on the
    batch size.
    """
    gradient = _gradient(critic, _points(real, fake, mix))
    return (gradient.norm(dim=1) - 1).square().sum()


def slope_of_the_mean_alone(critic, real, fake, mix):
    """The mean slope is compared with 1.

    If half of the points have slope 0 and half have slope 2, your penalty is 0. Compare each slope with 1 first,
    then take the mean.
    """
    gradient = _gradient(critic, _points(real, fake, mix))
    return (gradient.norm(dim=1).mean() - 1).square()


def mean_over_the_pixels(critic, real, fake, mix):
    """The norm is a mean over the pixels.

    The length of a gradient is the root of the *sum* of its squares. With the mean instead, a critic of slope 28 on
    images of 28 x 28 would have no penalty.
    """
    gradient = _gradient(critic, _points(real, fake, mix))
    count = gradient[0].numel()
    return (gradient.norm(dim=1) / count**0.5 - 1).square().mean()


def sum_of_absolute_values(critic, real, fake, mix):
    """The slope is a sum of absolute values.

    This is the L1 norm. The Wasserstein distance here measures lengths in the Euclidean way, so the slope is the
    L2 norm of the gradient: the root of the sum of squares.
    """
    gradient = _gradient(critic, _points(real, fake, mix))
    return (gradient.abs().sum(dim=1) - 1).square().mean()


def over_height_and_width(critic, real, fake, mix):
    """The norm leaves the channels apart.

    Each image has one slope, over its channels, height and width together. Yours has one for each channel.
    """
    points = _points(real, fake, mix)
    (gradient,) = torch.autograd.grad(scores_of(critic, points).sum(), points, create_graph=True)
    if gradient.ndim > 2:
        gradient = gradient.flatten(2)
        return (gradient.norm(dim=2) - 1).square().mean()
    return (gradient.norm(dim=1) - 1).square().mean()


def last_axis_only(critic, real, fake, mix):
    """The norm runs over the last axis only.

    For points in the plane that is right. In an image it gives a slope for each row of pixels. Each image should have
    one slope, over all its pixels.
    """
    points = _points(real, fake, mix)
    (gradient,) = torch.autograd.grad(scores_of(critic, points).sum(), points, create_graph=True)
    return (gradient.norm(dim=-1) - 1).square().mean()


def mean_of_the_pixels_slopes(critic, real, fake, mix):
    """The pixels' norms are averaged.

    You now have one number for each image, but the mean of the pixels' gradients is not the length of the whole
    gradient. A length is the root of the sum of *all* squares.
    """
    points = _points(real, fake, mix)
    (gradient,) = torch.autograd.grad(scores_of(critic, points).sum(), points, create_graph=True)
    return (gradient.norm(dim=1).reshape(len(points), -1).mean(dim=1) - 1).square().mean()
