from inspect import unwrap

import numpy as np
import pytest
import torch
from sklearn.linear_model import Lasso, Ridge
from torch import nn

from labkit.foundations.mlp import MLP
from labkit.foundations.optimizers import SGD, AdamW
from labkit.foundations.regularization import l1_l2_penalty, lasso, ridge, shrink_, soft_threshold, weight_matrices


def regression(n=40, f=6):
    x = torch.randn(n, f, dtype=torch.float64)
    weights = torch.tensor([2.0, -1.0, 0.5, 0.0, 0.0, 0.0], dtype=torch.float64)
    return x, x @ weights + 0.3 * torch.randn(n, dtype=torch.float64)


@pytest.mark.parametrize("l2", [0.0, 0.1, 3.0])
def test_ridge_matches_scikit_learn_and_gradient_descent_on_the_penalized_loss(l2):
    """One minimum, found in three ways: our closed form, scikit-learn, and SGD on loss plus penalty."""
    x, y = regression()
    exact = ridge(x, y, l2)
    theirs = Ridge(alpha=len(x) * l2, fit_intercept=False, tol=1e-12).fit(x, y).coef_
    torch.testing.assert_close(exact, torch.from_numpy(theirs))
    w = nn.Parameter(torch.zeros(6, dtype=torch.float64))
    optimizer = SGD([w], lr=0.2)
    for _ in range(500):
        optimizer.zero_grad()
        ((x @ w - y).square().mean() / 2 + l1_l2_penalty([w], l2=l2)).backward()
        optimizer.step()
    torch.testing.assert_close(w.detach(), exact)


def test_weight_decay_of_sgd_is_the_l2_penalty():
    x, y = regression()
    w = nn.Parameter(torch.zeros(6, dtype=torch.float64))
    optimizer = SGD([w], lr=0.2, weight_decay=0.1)
    for _ in range(500):
        optimizer.zero_grad()
        ((x @ w - y).square().mean() / 2).backward()
        optimizer.step()
    torch.testing.assert_close(w.detach(), ridge(x, y, 0.1))


@pytest.mark.parametrize("l1", [0.0, 0.05, 0.5, 10.0])
def test_lasso_matches_scikit_learn(l1):
    x, y = regression()
    ours = lasso(x, y, l1)
    if l1:
        theirs = Lasso(alpha=l1, fit_intercept=False, tol=1e-12, max_iter=100_000).fit(x, y).coef_
    else:
        theirs = np.linalg.lstsq(x.numpy(), y.numpy(), rcond=None)[0]
    torch.testing.assert_close(ours, torch.from_numpy(theirs), atol=1e-7, rtol=1e-6)
    assert torch.equal(ours == 0, torch.from_numpy(theirs == 0)), "the same weights are exactly zero"


def test_soft_threshold_is_the_minimum_it_claims_to_be():
    """Against every point of a fine grid."""
    w = torch.linspace(-2, 2, 41, dtype=torch.float64)
    grid = torch.linspace(-3, 3, 6001, dtype=torch.float64)
    for amount in (0.0, 0.3, 1.0):
        cost = (grid - w[:, None]).square() / 2 + amount * grid.abs()
        best = grid[cost.argmin(dim=1)]
        torch.testing.assert_close(soft_threshold(w, amount), best, atol=1e-3, rtol=0)
    assert soft_threshold(w, 0.3)[w.abs() < 0.3].abs().max() == 0


def test_soft_threshold_of_an_orthogonal_lasso():
    """With orthogonal features the lasso is the soft threshold of least squares: a closed form."""
    q = torch.linalg.qr(torch.randn(50, 6, dtype=torch.float64))[0] * 50**0.5  # x.T @ x = n
    y = torch.randn(50, dtype=torch.float64)
    torch.testing.assert_close(lasso(q, y, 0.1), soft_threshold(q.T @ y / 50, 0.1))


def test_the_penalty_and_its_gradient():
    w = torch.tensor([[1.0, -2.0], [0.0, 3.0]], requires_grad=True)
    value = l1_l2_penalty([w, 2 * w], l1=0.5, l2=0.1)
    assert value.item() == pytest.approx(0.5 * 18 + 0.05 * (14 + 56))
    value.backward()
    torch.testing.assert_close(w.grad, 0.5 * 3 * w.detach().sign() + 0.1 * 5 * w.detach())


def test_only_matrices_are_penalized():
    model = MLP([4, 3, 2])
    assert [weight.shape for weight in weight_matrices(model)] == [(3, 4), (2, 3)]


def test_shrink_is_decoupled_decay_and_makes_exact_zeros():
    """AdamW is a step of Adam without decay, and `shrink_`; an L1 of 1 takes the rate off every weight."""
    weights = [nn.Parameter(torch.tensor([3.0, -0.05, 0.2])) for _ in range(2)]
    optimizers = [AdamW([weights[0]], lr=0.1, weight_decay=0.4), AdamW([weights[1]], lr=0.1, weight_decay=0.0)]
    for step in range(5):
        shrink_([weights[1]], l2=0.4, lr=0.1)
        for weight, optimizer in zip(weights, optimizers, strict=True):
            weight.grad = torch.tensor([1.0, -1.0 * step, 0.5])
            optimizer.step()
    torch.testing.assert_close(weights[0], weights[1])
    small = nn.Parameter(torch.tensor([3.0, -0.05, 0.2]))
    shrink_([small], l1=1.0, lr=0.1)
    torch.testing.assert_close(small.detach(), torch.tensor([2.9, 0.0, 0.1]))
    assert small[1] == 0


def test_bad_input_is_refused():
    x, y = regression()
    for call in (
        lambda: l1_l2_penalty([x], l1=-1.0),
        lambda: soft_threshold(x, -1.0),
        lambda: ridge(x, y, -1.0),
        lambda: lasso(x, y, float("nan")),
        lambda: shrink_([x], l2=-0.1),
    ):
        with pytest.raises(ValueError, match="strength is not negative"):
            call()
    with pytest.raises(ValueError, match="no weights to penalize"):
        l1_l2_penalty([], l2=1.0)
    for solve in (ridge, lasso):
        with pytest.raises(ValueError, match=r"expected x \(examples, features\) and y \(examples,\)"):
            unwrap(solve)(x, y[:-1], 0.1)
