"""What a module makes follows its weights, in type and in place."""

import pytest
import torch
from torch import nn

from kinds.rooms import modules, tensors
from kinds.table import LEFT_OUT, NO_VALUES, ROWS, i, kept, moved, x
from labkit.autoencoders.autoencoder import Autoencoder
from labkit.autoencoders.vae import VAE
from labkit.autoencoders.wae import WAE
from labkit.diffusion.ddim import ddim_step
from labkit.diffusion.latent_denoiser import LatentDenoiser
from labkit.diffusion.latent_diffusion import LatentDiffusion
from labkit.gan.conditional_gan import ConditionalDiscriminator, ConditionalGAN, ConditionalGenerator
from labkit.gan.gan import GAN, play
from labkit.gan.plane import PointCritic, perceptron, snapshots
from labkit.gan.wgan import WGAN
from labkit.gan.wgan_gp import WGANGP

TYPES = [torch.float64, torch.bfloat16]
rows = pytest.mark.parametrize(("make", "inputs"), ROWS, ids=[type(make()).__name__ for make, _ in ROWS])
types = pytest.mark.parametrize("kind", TYPES, ids=str)


def floats(value) -> list[torch.Tensor]:
    return [part for part in tensors(value) if part.is_floating_point()]


@rows
@types
def test_results_have_the_type_of_the_weights(make, inputs, kind):
    model = make().to(kind)
    found = floats(model(*(moved(value, dtype=kind) for value in inputs())))
    assert found
    assert {part.dtype for part in found} == {kind}
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    if weights:
        sum(part.sum() for part in found if part.requires_grad).backward()
        assert {weight.grad.dtype for weight in weights if weight.grad is not None} == {kind}


@rows
def test_float64_is_the_same_function(make, inputs):
    """Not float32 somewhere inside: rounding the inputs to float32 is all that is lost."""
    model, values = make().eval(), inputs()
    torch.manual_seed(1)
    narrow = floats(model(*values))
    torch.manual_seed(1)
    wide = floats(model.double()(*(moved(value, dtype=torch.float64) for value in values)))
    for a, b in zip(narrow, wide, strict=True):
        torch.testing.assert_close(a.double(), b, rtol=1e-3, atol=1e-4)


@rows
def test_autocast(make, inputs):
    model = make()
    with torch.autocast("cpu", torch.bfloat16):
        found = floats(model(*inputs()))
    graded = [part.float().sum() for part in found if part.requires_grad]
    if graded:
        sum(graded).backward()
    assert all(part.isfinite().all() for part in found)


@rows
def test_results_lie_where_the_weights_lie(make, inputs):
    """The meta device stands for any other than the CPU: what is made in the wrong place meets what is not."""
    model = make()
    if type(model).__name__ in NO_VALUES:
        pytest.skip(NO_VALUES[type(model).__name__])
    found = list(tensors(model.to("meta")(*(moved(value, device="meta") for value in inputs()))))
    assert found
    assert all(part.is_meta for part in found)


def latent_diffusion() -> LatentDiffusion:
    coder = Autoencoder(6, 8, 2)
    model = LatentDiffusion(coder.encode, coder.decode, LatentDenoiser(2, 8, 1, 3), kept, 3, 2)
    model.coder = coder
    model.measure(x(16, 6))
    return model


def conditional() -> ConditionalGAN:
    return ConditionalGAN(ConditionalGenerator(3, 4, 8), ConditionalDiscriminator(3, 8), 4, 3)


def points(kind: type[GAN] = GAN) -> GAN:
    return kind(perceptron(3, 2, 8), PointCritic(2, 8), 3)


GENERATE = {
    "VAE": (lambda: VAE(6, 8, 2), lambda model: model.generate(4)),
    "WAE": (lambda: WAE(1.0, 6, 8, 2), lambda model: model.generate(4)),
    "GAN": (points, lambda model: model.generate(4)),
    "conditional GAN": (conditional, lambda model: model.generate(4)),
    "latent diffusion": (latent_diffusion, lambda model: model.generate(i(4), [9, 4, 0], ddim_step)),
}


@pytest.mark.parametrize(("make", "generate"), GENERATE.values(), ids=GENERATE)
@types
def test_what_models_generate(make, generate, kind):
    found = generate(make().to(kind))
    assert found.dtype == kind
    assert found.isfinite().all()


@pytest.mark.parametrize(("make", "generate"), GENERATE.values(), ids=GENERATE)
def test_where_models_generate(make, generate):
    model = make()
    if isinstance(model, ConditionalGAN | LatentDiffusion):
        pytest.skip("asks for the values of its classes, or whether its latents were measured")
    assert generate(model.to("meta")).is_meta


@pytest.mark.parametrize("game", [GAN, WGAN, WGANGP])
@types
def test_a_game_in_any_type(game, kind):
    gan = points(game).to(kind)
    rates = tuple(torch.optim.SGD(player.parameters(), 0.01) for player in (gan.generator, gan.discriminator))
    match = play(gan, [torch.randn(4, 2, dtype=kind)], rates, 2, record=snapshots(gan, 4, 3), at=(2,))
    assert len(match.scores["generator_loss"]) == 2
    assert match.recorded[0][1].samples.dtype == kind


def test_every_module_is_here():
    here = {type(make()) for make, _ in ROWS}
    known = modules()
    missing = {name for name, kind in known.items() if kind not in here} - set(LEFT_OUT)
    assert not missing, f"add them to the table, or say why not: {missing}"
    assert set(LEFT_OUT) <= set(known), "left out, and not there"
    assert all(issubclass(kind, nn.Module) for kind in here)
