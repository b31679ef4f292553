"""Augmentation: changes that leave the label alone, drawn anew each time an example is shown.

Each function takes a batch and a generator, and changes every row by an amount of its own.
Axes: b batch, t samples of a signal, h and w an image's rows and columns, c classes.
"""

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor
from torch.nn import functional as F

from labkit.nn.kinds import as_index, drawn_on, normal_like


def shift(x: Float[Tensor, "b t"], most: int, generator: Generator | None = None) -> Float[Tensor, "b t"]:
    """Move each signal by up to `most` samples to either side; the value at the edge fills what is left empty.

    Raises ValueError for a negative `most`. Simard et al. 2003, https://doi.org/10.1109/ICDAR.2003.1227801
    """
    _check(x, 2, most)
    moved = torch.randint(-most, most + 1, (len(x), 1), generator=generator, device=drawn_on(generator, x)).to(x.device)
    from_where = (torch.arange(x.shape[1], device=x.device) - moved).clamp(0, x.shape[1] - 1)
    return x.gather(1, from_where)


def scale(x: Float[Tensor, "b ..."], spread: float, generator: Generator | None = None) -> Float[Tensor, "b ..."]:
    r"""Multiply each example by a factor $e^{s}$ with $s$ uniform in $\pm\mathrm{spread}$: as often halved as doubled.

    Raises ValueError for a negative spread. Um et al. 2017, https://arxiv.org/abs/1706.00527
    """
    _check(x, None, spread)
    drawn = _uniform(x, len(x), *[1] * (x.ndim - 1), generator=generator)
    return x * ((2 * drawn - 1) * spread).exp()


def noise(x: Float[Tensor, "b ..."], size: float, generator: Generator | None = None) -> Float[Tensor, "b ..."]:
    """Add Gaussian noise with standard deviation `size`.

    Raises ValueError for a negative size. Bishop 1995, https://doi.org/10.1162/neco.1995.7.1.108
    """
    _check(x, None, size)
    return x + size * normal_like(x, generator)


def crop(x: Float[Tensor, "b t"], least: float, generator: Generator | None = None) -> Float[Tensor, "b t"]:
    """Cut a window of at least a share `least` out of each signal, and stretch it to the full length.

    The window's length and place are uniform. Raises ValueError unless `least` is above 0 and at most 1.
    Le Guennec et al. 2016, https://halshs.archives-ouvertes.fr/halshs-01357973
    """
    _check(x, 2, least)
    if not 0 < least <= 1:
        raise ValueError(f"least is the smallest share of a signal that is kept, above 0 and at most 1, not {least}")
    share, place = _uniform(x, 2, len(x), 1, generator=generator)
    share = least + (1 - least) * share
    last = x.shape[1] - 1
    where = (place * (1 - share) + share * torch.linspace(0, 1, x.shape[1]).to(x)) * last  # in samples, not whole
    left = where.floor().clamp(max=max(last - 1, 0)).long()
    right = (left + 1).clamp(max=last)
    return torch.lerp(x.gather(1, left), x.gather(1, right), where - left)


def shift_image(x: Float[Tensor, "b h w"], most: int, generator: Generator | None = None) -> Float[Tensor, "b h w"]:
    """Move each image by up to `most` pixels up or down and to either side; zeros fill what is left empty.

    Raises ValueError for a negative `most`. Simard et al. 2003, https://doi.org/10.1109/ICDAR.2003.1227801
    """
    _check(x, 3, most)
    padded = F.pad(x, (most, most, most, most))
    down, across = torch.randint(0, 2 * most + 1, (2, len(x)), generator=generator, device=drawn_on(generator, x)).to(
        x.device
    )
    rows = down[:, None] + torch.arange(x.shape[1], device=x.device)
    columns = across[:, None] + torch.arange(x.shape[2], device=x.device)
    return padded[torch.arange(len(x), device=x.device)[:, None, None], rows[:, :, None], columns[:, None]]


def turn_image(
    x: Float[Tensor, "b h w"], degrees: float, zoom: float = 0.0, generator: Generator | None = None
) -> Float[Tensor, "b h w"]:
    r"""Turn each image by up to `degrees` either way, and zoom it by a factor $e^{s}$ with $s$ in $\pm\mathrm{zoom}$.

    A small turn leaves a digit what it is; half a turn makes a 9 of a 6. Raises ValueError for negative numbers.
    Simard et al. 2003, https://doi.org/10.1109/ICDAR.2003.1227801
    """
    _check(x, 3, degrees, zoom)
    angle, size = (2 * _uniform(x, 2, len(x), generator=generator) - 1) * torch.tensor([[degrees], [zoom]]).to(x)
    angle, size, flat = angle.deg2rad(), (-size).exp(), torch.zeros(len(x)).to(x)
    tall = x.shape[1] / x.shape[2]  # grid_sample's coordinates run from -1 to 1 along both axes
    first = torch.stack([size * angle.cos(), -size * angle.sin() * tall, flat], dim=1)
    second = torch.stack([size * angle.sin() / tall, size * angle.cos(), flat], dim=1)
    grid = F.affine_grid(torch.stack([first, second], dim=1), [len(x), 1, *x.shape[1:]], align_corners=False)
    return F.grid_sample(x[:, None], grid, align_corners=False)[:, 0]


def mixup(
    x: Float[Tensor, "b ..."],
    y: Int[Tensor, " b"],
    classes: int,
    alpha: float = 0.2,
    generator: Generator | None = None,
) -> tuple[Float[Tensor, "b ..."], Float[Tensor, "b c"]]:
    r"""Blend each example with another, and their labels alike: $\lambda x_i + (1 - \lambda) x_j$.

    $\lambda \sim \mathrm{Beta}(\alpha, \alpha)$, one for each row: a small $\alpha$ leaves most examples nearly pure.
    The labels become probabilities, as `cross_entropy` takes them. Raises ValueError unless `alpha` is above 0.
    Zhang et al. 2018, https://arxiv.org/abs/1710.09412
    """
    if not alpha > 0:
        raise ValueError(f"alpha is above 0, and not {alpha}; for no mixup leave the call out")
    if y.shape != x.shape[:1]:
        raise ValueError(f"expected one label for each of {len(x)} examples, got {tuple(y.shape)}")
    partner = torch.randperm(len(x), generator=generator, device=drawn_on(generator, x)).to(x.device)
    share = _beta(x, alpha, generator)
    labels = F.one_hot(as_index(y, "labels"), classes).to(x)
    return tuple(torch.lerp(of[partner], of, share.view(-1, *[1] * (of.ndim - 1))) for of in (x, labels))


def _beta(x: Tensor, alpha: float, generator: Generator | None) -> Float[Tensor, " b"]:
    """A draw from Beta(alpha, alpha) for each row, as a ratio of gammas in logarithms: small ones would underflow.

    A gamma draw of shape a is one of shape a + 1 times a uniform number to the power of 1/a.
    """
    shape = torch.full((2, len(x)), alpha + 1.0, device=drawn_on(generator, x))
    uniform = 1 - torch.rand(shape.shape, generator=generator, device=shape.device)  # above 0
    logs = torch._standard_gamma(shape, generator=generator).log() + uniform.log() / alpha
    return (logs[0] - logs[1]).sigmoid().to(x)


def _uniform(x: Tensor, *shape: int, generator: Generator | None) -> Tensor:
    """Numbers uniform in [0, 1), in the type and on the device of `x`, drawn where the generator is."""
    return torch.rand(shape, generator=generator, device=drawn_on(generator, x)).to(x)


def _check(x: Tensor, axes: int | None, *amounts: int | float) -> None:
    if axes is not None and x.ndim != axes:
        wanted = "signals (batch, samples)" if axes == 2 else "images (batch, rows, columns)"
        raise ValueError(f"expected {wanted}, got {tuple(x.shape)}")
    if any(not amount >= 0 for amount in amounts):
        raise ValueError(f"how much at most is not negative: got {amounts}")
