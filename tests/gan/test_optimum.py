import math

import pytest
import torch
from scipy.spatial.distance import jensenshannon

from labkit.gan.losses import discriminator_loss
from labkit.gan.optimum import game_value, jensen_shannon, optimal_logits, value_at_optimum


def densities(shift=1.0):
    """Two Gaussians on a fine line, as probabilities of its cells."""
    x = torch.linspace(-8, 8, 2001, dtype=torch.float64)
    p, q = (torch.exp(-0.5 * ((x - mean) / scale) ** 2) for mean, scale in ((0.0, 1.0), (shift, 1.5)))
    return p / p.sum(), q / q.sum()


def test_the_optimal_discriminator_is_the_share_of_the_data():
    p, q = densities()
    torch.testing.assert_close(optimal_logits(p.log(), q.log()).sigmoid(), p / (p + q))


def test_nothing_beats_the_optimal_discriminator():
    p, q = densities()
    logits = optimal_logits(p.log(), q.log()).requires_grad_()
    best = game_value(p, q, logits)
    (gradient,) = torch.autograd.grad(best, logits)
    torch.testing.assert_close(gradient, torch.zeros_like(gradient))
    for _ in range(20):
        assert game_value(p, q, logits + 0.3 * torch.randn_like(logits)) < best


@pytest.mark.parametrize("shift", [0.0, 0.5, 3.0])
def test_its_value_is_twice_the_divergence_less_log_four(shift):
    p, q = densities(shift)
    best = game_value(p, q, optimal_logits(p.log(), q.log()))
    torch.testing.assert_close(best, value_at_optimum(p, q))
    assert best.item() == pytest.approx(2 * jensenshannon(p.numpy(), q.numpy()) ** 2 - math.log(4), abs=1e-12)


def test_divergence_matches_scipy_and_has_its_limits():
    p, q = torch.rand(2, 50, dtype=torch.float64).softmax(dim=1)
    assert jensen_shannon(p, q).item() == pytest.approx(jensenshannon(p.numpy(), q.numpy()) ** 2)
    torch.testing.assert_close(jensen_shannon(p, q), jensen_shannon(q, p))
    assert jensen_shannon(p, p).item() == pytest.approx(0.0, abs=1e-15)
    apart = torch.tensor([[0.5, 0.5, 0.0], [0.0, 0.0, 1.0]], dtype=torch.float64)
    assert jensen_shannon(*apart).item() == pytest.approx(math.log(2))
    assert value_at_optimum(*apart).item() == pytest.approx(0.0, abs=1e-12)
    assert value_at_optimum(p, p).item() == pytest.approx(-math.log(4))


def test_a_discriminator_that_learns_from_samples_finds_the_log_ratio():
    """For two Gaussians the log ratio is a parabola, which logistic regression on 1, x, x^2 can say exactly."""
    real, fake = torch.randn(100_000, dtype=torch.float64), 1 + 1.5 * torch.randn(100_000, dtype=torch.float64)
    weights = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=50, line_search_fn="strong_wolfe")

    def scores(x):
        return weights[0] + weights[1] * x + weights[2] * x**2

    def loss():
        optimizer.zero_grad()
        found = discriminator_loss(scores(real), scores(fake))
        found.backward()
        return found

    optimizer.step(loss)
    # log N(x; 0, 1) - log N(x; 1, 1.5^2) = log 1.5 - x^2 / 2 + (x - 1)^2 / 4.5
    expected = torch.tensor([math.log(1.5) + 1 / 4.5, -2 / 4.5, 1 / 4.5 - 0.5], dtype=torch.float64)
    torch.testing.assert_close(weights.detach(), expected, atol=0.03, rtol=0)
    assert -loss().item() == pytest.approx(value_at_optimum(*densities()).item(), abs=0.01)


def test_what_is_no_distribution_is_refused():
    with pytest.raises(ValueError, match="q should be probabilities that sum to 1, not to 2"):
        jensen_shannon(torch.tensor([0.5, 0.5]), torch.tensor([1.0, 1.0]))
    with pytest.raises(ValueError, match="p should be probabilities"):
        game_value(torch.tensor([1.5, -0.5]), torch.tensor([0.5, 0.5]), torch.zeros(2))
