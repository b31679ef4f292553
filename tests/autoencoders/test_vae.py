import pytest
import torch
from torch.distributions import Bernoulli, Independent, Normal, kl_divergence

from labkit.autoencoders.vae import VAE, gaussian_kl, kl_per_dimension, negative_elbo, reparameterize


def posterior(shape=(5, 3)):
    return torch.randn(shape).double(), torch.randn(shape).double()


def test_kl_matches_torch_distributions():
    mean, log_variance = posterior()
    normal = Normal(mean, (0.5 * log_variance).exp())
    expected = kl_divergence(normal, Normal(torch.zeros_like(mean), torch.ones_like(mean)))
    torch.testing.assert_close(kl_per_dimension(mean, log_variance), expected)
    torch.testing.assert_close(gaussian_kl(mean, log_variance), expected.sum(1))


def test_kl_is_the_mean_of_the_log_ratio():
    mean, log_variance = torch.tensor([[0.7, -1.0]]).double(), torch.tensor([[-0.5, 0.4]]).double()
    z = reparameterize(mean, log_variance, torch.randn(400_000, 2).double())
    ratio = Normal(mean, (0.5 * log_variance).exp()).log_prob(z) - Normal(0.0, 1.0).log_prob(z)
    assert ratio.sum(1).mean().item() == pytest.approx(gaussian_kl(mean, log_variance).item(), abs=0.01)


def test_kl_is_zero_for_the_prior_and_nowhere_else():
    assert gaussian_kl(torch.zeros(1, 4), torch.zeros(1, 4)).item() == 0
    mean, log_variance = posterior((1000, 2))
    assert (gaussian_kl(mean, log_variance) > 0).all()


def test_a_draw_has_its_moments_and_its_own_noise():
    mean, log_variance = torch.tensor([[1.0, -2.0]]), torch.tensor([[2.0, -1.0]])
    z = reparameterize(mean, log_variance, torch.randn(40_000, 2))
    torch.testing.assert_close(z.mean(0), mean[0], atol=0.05, rtol=0)
    torch.testing.assert_close(z.var(0), log_variance[0].exp(), atol=0.15, rtol=0.02)


def test_gradients_flow_through_a_draw():
    """d/dmean E[z^2] = 2 mean, and d/dlog_variance E[z^2] = variance: known, and estimated through the draws."""
    mean, log_variance = torch.tensor([0.8]).double(), torch.tensor([-0.4]).double()
    mean.requires_grad_(), log_variance.requires_grad_()
    reparameterize(mean, log_variance, torch.randn(400_000, 1).double()).square().mean().backward()
    assert mean.grad.item() == pytest.approx(1.6, abs=0.02)
    assert log_variance.grad.item() == pytest.approx(torch.tensor(-0.4).exp().item(), abs=0.02)


def test_several_draws_of_each_image():
    mean, log_variance = posterior((2, 3))
    noise = torch.randn(4, 2, 3).double()
    z = reparameterize(mean, log_variance, noise)
    torch.testing.assert_close(z[3, 1], mean[1] + (log_variance[1] / 2).exp() * noise[3, 1])


def test_the_terms_match_torch_distributions(monkeypatch):
    model, x, noise = VAE(6, 8, 2), torch.rand(5, 6).round(), torch.randn(5, 2)
    monkeypatch.setattr(torch, "randn_like", lambda _: noise)
    mean, log_variance = model.encode(x)
    q = Normal(mean, (log_variance / 2).exp())
    z = q.mean + q.stddev * noise
    p = Independent(Bernoulli(logits=model.logits(z)), 1)
    reconstruction, kl = model.terms(x)
    torch.testing.assert_close(-reconstruction, p.log_prob(x))
    torch.testing.assert_close(kl, kl_divergence(q, Normal(0.0, 1.0)).sum(1))
    torch.testing.assert_close(-model.loss(x), (p.log_prob(x) - kl).mean())


def test_the_loss_is_a_sum_for_each_image_and_a_mean_over_images():
    mean, log_variance = posterior()
    logits, x = torch.randn(5, 7).double(), torch.randint(2, (5, 7)).double()
    normal = Normal(mean, (0.5 * log_variance).exp())
    divergence = kl_divergence(normal, Normal(torch.zeros_like(mean), torch.ones_like(mean))).sum(1)
    expected = divergence - Independent(Bernoulli(logits=logits), 1).log_prob(x)
    torch.testing.assert_close(negative_elbo(logits, x, mean, log_variance), expected.mean())


def test_the_encoder_learns_from_the_reconstruction():
    model, x = VAE(6, 8, 2), torch.rand(5, 6)
    model.terms(x)[0].sum().backward()
    assert model.encoder[0].weight.grad.abs().sum() > 0


def test_the_loss_does_not_depend_on_the_size_of_the_batch(monkeypatch):
    monkeypatch.setattr(torch, "randn_like", torch.zeros_like)
    model, x = VAE(6, 8, 2), torch.rand(5, 6)
    torch.testing.assert_close(model.loss(x.repeat(3, 1)), model.loss(x))


def test_decoding_gives_probabilities_and_the_reconstruction_has_no_noise():
    model, x = VAE(6, 8, 2), torch.rand(5, 6)
    images = model.generate(200)
    assert images.shape == (200, 6)
    assert 0 < images.min() < images.max() < 1
    assert images.std(dim=0).min() > 0, "each is a draw of its own"
    torch.testing.assert_close(model(x), model.logits(model.encode(x)[0]).sigmoid())
    torch.testing.assert_close(model(x), model(x))


def test_generated_images_come_from_the_prior(monkeypatch):
    model = VAE(6, 8, 2)
    z = torch.randn(7, 2)
    monkeypatch.setattr(torch, "randn", lambda *size, **_: z[: size[0]])
    torch.testing.assert_close(model.generate(7), model.decode(z))


def test_overfits_one_batch():
    model, x = VAE(16, 64, 4), torch.rand(8, 16).round()
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    first = model.loss(x).item()
    for _ in range(300):
        loss = model.loss(x)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    reconstruction, kl = model.terms(x.repeat(100, 1))  # a hundred draws of each
    assert reconstruction.mean() < 0.2 * first, "it knows which of the eight it was"
    assert kl.mean() > 1.5, "log 8 = 2.1 nats say which"


def test_every_image_draws_noise_of_its_own():
    model, x = VAE(6, 8, 2), torch.rand(1, 6).expand(5, 6)
    assert len(model.terms(x)[0].unique()) == 5


def test_the_encoder_says_means_first_and_log_variances_after():
    model, x = VAE(6, 8, 2), torch.rand(5, 6)
    torch.testing.assert_close(torch.cat(model.encode(x), dim=1), model.encoder(x))
