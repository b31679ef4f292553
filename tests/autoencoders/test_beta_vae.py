import pytest
import torch

from labkit.autoencoders.beta_vae import BetaVAE, warm_up
from labkit.autoencoders.strong_decoder import CausalConvolution, StrongDecoderVAE
from labkit.autoencoders.vae import VAE


@pytest.fixture
def still(monkeypatch):
    """Draws of z without noise, so that losses can be compared."""
    monkeypatch.setattr(torch, "randn_like", torch.zeros_like)


@pytest.mark.usefixtures("still")
def test_beta_one_is_the_vae_and_beta_weighs_the_kl_alone():
    model, plain, x = BetaVAE(1.0, 6, 8, 2), VAE(6, 8, 2), torch.rand(5, 6)
    plain.load_state_dict(model.state_dict())
    torch.testing.assert_close(model.loss(x), plain.loss(x))
    reconstruction, kl = model.terms(x)
    for beta in (0.0, 0.3, 7.0):
        model.beta = beta
        torch.testing.assert_close(model.loss(x), reconstruction.mean() + beta * kl.mean())


def test_a_negative_beta_is_refused():
    with pytest.raises(ValueError, match="-1"):
        BetaVAE(-1.0)


def test_the_warm_up_rises_to_beta_and_stays():
    weight = warm_up(200, beta=4.0)
    assert [weight(step) for step in (0, 50, 100, 200, 5000)] == [0.0, 1.0, 2.0, 4.0, 4.0]
    with pytest.raises(ValueError, match="at least one step"):
        warm_up(0)


def test_a_large_beta_collapses_a_small_one_does_not():
    """Four images and their nats: at beta 0.1 the code says which, at beta 50 it says nothing."""
    kl = {}
    for beta in (0.1, 50.0):
        torch.manual_seed(0)
        model, x = BetaVAE(beta, 16, 32, 2), torch.eye(4).repeat(1, 4)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
        for _ in range(200):
            loss = model.loss(x)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        kl[beta] = model.terms(x)[1].mean().item()
    assert kl[50.0] < 0.05 < 1.0 < kl[0.1]


def test_a_causal_convolution_sees_what_came_before():
    layer, image = CausalConvolution(3, reach=2), torch.rand(1, 1, 7, 7, requires_grad=True)
    row, column = 3, 3
    (gradient,) = torch.autograd.grad(layer(image)[0, :, row, column].sum(), image)
    rows, columns = gradient[0, 0].nonzero().T.tolist()
    seen = set(zip(rows, columns, strict=True))
    expected = {(i, j) for i in range(1, 6) for j in range(1, 6) if (i, j) < (row, column)}
    assert seen == expected


@pytest.mark.usefixtures("still")
def test_a_pixel_is_told_those_before_it_and_all_are_told_the_latent():
    model, x = StrongDecoderVAE(1.0, side=6, hidden=8, latent=2, channels=4), torch.rand(1, 36)
    z = torch.randn(1, 2, requires_grad=True)
    changed = x.clone()
    changed[0, 20:] = 1 - changed[0, 20:]
    kept = []
    for image in (x, changed):
        told = model.before(image.view(1, 1, 6, 6)).flatten(1)
        kept.append(told[0, :21])
    torch.testing.assert_close(*kept)
    (gradient,) = torch.autograd.grad(model.log_likelihood(x, z).sum(), z)
    assert gradient.abs().min() > 0


def test_its_likelihood_is_a_product_over_pixels_in_order():
    """Summed over all images of 4 binary pixels, the probabilities make 1: so the conditionals are in order."""
    model, z = StrongDecoderVAE(1.0, side=2, hidden=8, latent=2, channels=4), torch.randn(1, 2)
    with torch.no_grad():
        model.before[0].weight.mul_(10)
    images = torch.cartesian_prod(*[torch.tensor([0.0, 1.0])] * 4)
    total = model.log_likelihood(images, z.expand(16, 2)).exp().sum()
    assert total.item() == pytest.approx(1.0, abs=1e-5)
