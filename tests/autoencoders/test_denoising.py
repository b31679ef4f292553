import pytest
import torch

from labkit.autoencoders.autoencoder import Autoencoder
from labkit.autoencoders.denoising import DenoisingAutoencoder, gaussian_noise, masking_noise, pull
from labkit.autoencoders.reconstruction import bernoulli_nll


def test_masking_hides_the_share_and_leaves_the_rest():
    x = torch.rand(200, 100) + 0.1
    noisy = masking_noise(0.3)(x)
    hidden = noisy == 0
    assert hidden.float().mean().item() == pytest.approx(0.3, abs=0.02)
    torch.testing.assert_close(noisy[~hidden], x[~hidden])
    assert hidden[0].ne(hidden[1]).any(), "each image is spoiled in its own places"
    torch.testing.assert_close(masking_noise(0.0)(x), x)


def test_gaussian_noise_has_its_moments():
    x = torch.rand(200, 500)
    noise = gaussian_noise(0.3)(x) - x
    assert noise.mean().abs() < 0.01
    assert noise.std().item() == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize(("noise", "value"), [(masking_noise, 1.0), (masking_noise, -0.1), (gaussian_noise, -1.0)])
def test_noise_that_cannot_be_is_refused(noise, value):
    with pytest.raises(ValueError, match=str(value)):
        noise(value)


def test_the_target_is_the_clean_image_and_the_input_is_not():
    model = DenoisingAutoencoder(lambda x: 1 - x, 6, 5, 2)
    x = torch.rand(3, 6)
    torch.testing.assert_close(model.loss(x), bernoulli_nll(model.logits(model.encode(1 - x)), x).mean())


def test_without_noise_it_is_the_autoencoder():
    model, plain, x = DenoisingAutoencoder(gaussian_noise(0.0), 6, 5, 2), Autoencoder(6, 5, 2), torch.rand(3, 6)
    plain.load_state_dict(model.state_dict())
    torch.testing.assert_close(model.loss(x), plain.loss(x))


def test_the_noise_is_fresh_at_every_call():
    model, x = DenoisingAutoencoder(gaussian_noise(0.5), 6, 5, 2), torch.rand(3, 6)
    assert model.loss(x) != model.loss(x)


def test_the_best_linear_denoiser_pulls_along_the_score():
    r"""For normal data of covariance S it is the Wiener filter S (S + s^2)^-1, and r(x) - x = s^2 grad log p_s(x)."""
    deviation, count = 0.5, 200_000
    covariance = torch.tensor([[1.0, 0.6], [0.6, 0.8]]).double()
    x = torch.randn(count, 2).double() @ torch.linalg.cholesky(covariance).T
    noisy = gaussian_noise(deviation)(x)
    learned = torch.linalg.lstsq(noisy, x).solution  # the least squares that denoising asks for
    smooth = covariance + deviation**2 * torch.eye(2).double()
    torch.testing.assert_close(learned, torch.linalg.solve(smooth, covariance), atol=0.01, rtol=0)
    points = torch.randn(5, 2).double().requires_grad_()
    density = torch.distributions.MultivariateNormal(torch.zeros(2).double(), smooth)
    (score,) = torch.autograd.grad(density.log_prob(points).sum(), points)
    torch.testing.assert_close(pull(lambda y: y @ learned, points), deviation**2 * score, atol=0.05, rtol=0)


def test_it_learns_to_point_back_to_where_the_data_lie():
    """A circle in the plane: what starts off it is moved closer; the nearest point of the circle is the clean one."""
    torch.manual_seed(0)
    angle = torch.rand(512) * 2 * torch.pi
    x = 0.5 + 0.3 * torch.stack([angle.cos(), angle.sin()], dim=1)
    model = DenoisingAutoencoder(gaussian_noise(0.08), 2, 64, 2)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(400):
        loss = model.loss(x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    noisy = gaussian_noise(0.08)(x)

    def off(points):
        return ((points - 0.5).norm(dim=1) - 0.3).abs().mean()

    assert off(noisy + pull(model, noisy)) < 0.6 * off(noisy)
