"""Against a model whose likelihood is known: z normal, x = Wz + b + noise, so x is normal with W W' + s^2."""

import math

import pytest
import torch
from torch.distributions import MultivariateNormal, Normal

from labkit.autoencoders.importance import importance_bound, log_weights
from labkit.autoencoders.vae import VAE

DEVIATION = 0.7


class LinearGaussian(VAE):
    """A VAE that is linear and normal everywhere; with `exact` its posterior is the true one."""

    def __init__(self, exact: bool):
        super().__init__(4, 4, 2)
        columns = torch.linalg.qr(torch.randn(4, 2)).Q * torch.tensor([1.5, 0.8])  # orthogonal: a diagonal posterior
        self.weight, self.bias, self.exact = columns.double(), torch.randn(4).double(), exact

    def encode(self, x):
        precision = 1 + self.weight.square().sum(0) / DEVIATION**2
        mean = (x - self.bias) @ self.weight / DEVIATION**2 / precision
        log_variance = -precision.log().expand_as(mean)
        return (mean, log_variance) if self.exact else (mean + 0.5, log_variance + 0.6)

    def log_likelihood(self, x, z):
        return Normal(z @ self.weight.T + self.bias, DEVIATION).log_prob(x).sum(1)

    def log_evidence(self, x):
        covariance = self.weight @ self.weight.T + DEVIATION**2 * torch.eye(4)
        return MultivariateNormal(self.bias, covariance.double()).log_prob(x)


def test_with_the_true_posterior_one_draw_is_exact():
    model, x = LinearGaussian(exact=True), torch.randn(6, 4).double()
    torch.testing.assert_close(importance_bound(model, x, 1), model.log_evidence(x))
    torch.testing.assert_close(log_weights(model, x, 9), model.log_evidence(x).expand(9, -1))


def test_the_bound_rises_with_the_draws_to_the_likelihood():
    model, x = LinearGaussian(exact=False), torch.randn(1, 4).double()
    many = x.expand(4000, -1)  # the mean over 4,000 bounds has an error of at most 0.02
    bounds = [importance_bound(model, many, k).mean().item() for k in (1, 2, 5, 25)]
    evidence = model.log_evidence(x).item()
    assert all(low + 0.02 < high for low, high in zip(bounds, [*bounds[1:], evidence], strict=True)), bounds
    assert importance_bound(model, x, 200_000).item() == pytest.approx(evidence, abs=0.02)


def test_with_one_draw_it_is_the_elbo():
    model, x = LinearGaussian(exact=False), torch.randn(1, 4).double()
    many = x.expand(40_000, -1)
    reconstruction, kl = model.terms(many)
    elbo = -(reconstruction + kl).mean()
    assert importance_bound(model, many, 1).mean().item() == pytest.approx(elbo.item(), abs=0.05)


def test_the_weights_average_to_the_likelihood():
    """E w = p(x), without any bias: the logarithm of the mean is what falls short."""
    model, x = LinearGaussian(exact=False), torch.randn(3, 4).double()
    ratio = (log_weights(model, x, 400_000) - model.log_evidence(x)).exp().mean(dim=0)
    torch.testing.assert_close(ratio, torch.ones(3).double(), atol=0.02, rtol=0)


def test_images_keep_to_themselves():
    model = VAE(6, 8, 2)
    x = torch.rand(3, 6).round()
    torch.manual_seed(1)
    bounds = importance_bound(model, x, 5000)
    torch.manual_seed(1)
    for row in range(3):
        alone = importance_bound(model, x[row : row + 1], 20_000)
        assert alone.item() == pytest.approx(bounds[row].item(), abs=0.1)


def test_gradients_reach_encoder_and_decoder():
    model = VAE(6, 8, 2)
    importance_bound(model, torch.rand(3, 6), 4).sum().backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in model.parameters())


def test_a_few_draws_are_combined_without_overflow():
    class Sure(VAE):
        def log_likelihood(self, x, z):
            return torch.full((len(x),), -5000.0)

    bound = importance_bound(Sure(6, 8, 2), torch.rand(2, 6), 8)
    assert bound.isfinite().all()
    assert bound.mean().item() == pytest.approx(-5000, abs=5)
    with pytest.raises(ValueError, match="at least one draw, not 0"):
        importance_bound(VAE(6, 8, 2), torch.rand(2, 6), 0)
    assert math.isfinite(importance_bound(VAE(6, 8, 2), torch.rand(2, 6), 1).sum().item())
