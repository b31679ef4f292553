"""Exercise, a bug hunt: the loss of a VAE, as the examples of two well-known libraries once had it."""

from collections.abc import Iterator

import torch

from labkit.autoencoders.vae import negative_elbo
from labkit.course.check.authoring import Draw, cases, exercise, strided
from labkit.course.check.spec import Case, Property


def _case(draw: Draw, name: str, images: int, pixels: int, latent: int, tests: str = "values") -> Case:
    """Random logits, pixels between 0 and 1, and posteriors."""
    x = torch.rand(images, pixels, generator=draw.generator)
    args = {"logits": draw(images, pixels), "x": x, "mean": draw(images, latent), "log_variance": draw(images, latent)}
    return Case(name, args, tests)


@cases("logits", "mean", "log_variance")
def made(draw: Draw) -> Iterator[Case]:
    """One image and several, few and many pixels; float64, strides; pixels that are wrong beyond doubt."""
    yield _case(draw, "one image of two pixels", 1, 2, 1)
    yield _case(draw, "two images of three pixels", 2, 3, 2)
    yield _case(draw, "three images of forty pixels", 3, 40, 2)
    yield draw.exact(_case(draw, "float64", 2, 4, 3))
    yield strided(_case(draw, "inputs that are not contiguous", 3, 4, 2))
    sure = _case(draw, "logits of 150 on wrong pixels", 2, 3, 1, "sure")
    sure.args["logits"].copy_(torch.tensor([[150.0, -150.0, 0.5], [-150.0, 150.0, -0.5]]))
    sure.args["x"].copy_(torch.tensor([[0.0, 1.0, 0.3], [1.0, 0.0, 0.6]]))
    yield sure


EXERCISE = exercise(
    __name__,
    negative_elbo,
    made,
    [
        Property("shape", "one number", 0.25, "shape"),
        Property("values", "sums over what belongs to one image, a mean over images", 2.0),
        Property("sure", "right where a pixel is wrong beyond doubt", 0.5),
    ],
    title="Bug hunt: the loss of a VAE",
    minutes=5,
    difficulty=2,
    returns=("loss",),
    hints=(
        "Compute both terms for one image of 784 pixels, with all logits 0: each pixel then costs log 2 = 0.69 nats. "
        "What should the reconstruction term of the image be, and what is it here?",
        "The likelihood of an image is a product over its pixels, so its logarithm is a sum. Over which axis must you "
        "add up? Read what `reduction` does.",
        "Both terms should have the shape (images,). Only then comes the mean over images.",
    ),
    bug_hunt=True,
    hidden=("labkit.autoencoders.reconstruction:bernoulli_nll", "labkit.autoencoders.vae:VAE"),
)
