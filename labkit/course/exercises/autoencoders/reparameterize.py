"""Exercise: a draw from a Gaussian that gradients flow through."""

from collections.abc import Iterator

from labkit.autoencoders.vae import reparameterize
from labkit.course.check.authoring import Draw, cases, exercise, strided
from labkit.course.check.spec import Case, Property


def _case(draw: Draw, name: str, *shape: int, tests: str = "values", draws: int = 0, shift: float = 0.0) -> Case:
    """Random means and log variances, the latter moved by `shift`; `draws` more axes of noise in front."""
    noise = draw(*(draws, *shape) if draws else shape)
    return Case(name, {"mean": draw(*shape), "log_variance": draw(*shape) + shift, "noise": noise}, tests)


@cases("mean", "log_variance")
def made(draw: Draw) -> Iterator[Case]:
    """One number, rows, float64, strides; nearly no spread, a wide one; several draws of each image."""
    yield _case(draw, "one number", 1, 1)
    yield _case(draw, "two images, three dimensions", 2, 3)
    yield draw.exact(_case(draw, "float64", 3, 2))
    yield strided(_case(draw, "inputs that are not contiguous", 2, 3))
    yield _case(draw, "a narrow posterior", 2, 2, tests="spread", shift=-12.0)
    yield _case(draw, "a wide posterior", 2, 2, tests="spread", shift=4.0)
    yield _case(draw, "four draws of each image", 2, 3, tests="draws", draws=4)


EXERCISE = exercise(
    __name__,
    reparameterize,
    made,
    [
        Property("shape", "a draw of the shape of the noise", 0.25, "shape"),
        Property("values", "the mean, plus noise as wide as the posterior", 0.75),
        Property("spread", "right for a narrow and for a wide posterior", 0.5),
        Property("draws", "several draws of each image at once", 0.5),
        Property("gradients", "gradients for mean and log variance", 0.75, "gradients"),
    ],
    title="The reparameterization trick",
    minutes=4,
    difficulty=1,
    returns=("z",),
    hints=(
        "Take standard normal noise. What do you multiply it by to give it a standard deviation of 3, and what do you "
        "add to center it at 5?",
        "The encoder gives log σ². The logarithm of a square is twice the logarithm: so what is log σ, and how do you "
        "get σ from it?",
        "For several draws nothing more is needed: torch lines axes up from the last one. Use operations that make a "
        "new tensor, and keep the gradient: no `.data`, no `detach`, no `no_grad`.",
    ),
)
