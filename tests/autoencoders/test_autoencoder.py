import torch

from labkit.autoencoders.autoencoder import Autoencoder, LinearAutoencoder
from labkit.autoencoders.pca import fit_pca, principal_angles
from labkit.autoencoders.reconstruction import squared_error


def minimize(model, loss, steps=200):
    """L-BFGS on all data: to the bottom, for a small model."""
    optimizer = torch.optim.LBFGS(
        model.parameters(), max_iter=steps, max_eval=3 * steps, tolerance_grad=1e-10, tolerance_change=1e-14,
        line_search_fn="strong_wolfe", history_size=50,
    )  # fmt: skip

    def evaluate():
        optimizer.zero_grad()
        value = loss()
        value.backward()
        return value

    optimizer.step(evaluate)


def test_a_linear_autoencoder_finds_the_subspace_of_pca():
    """And its error, and the mean, though its axes are its own: in float64, on data with clear gaps."""
    x = torch.randn(200, 8).double() * torch.tensor([5, 4, 3, 1, 0.8, 0.6, 0.4, 0.2]).double() + 2
    x = x @ torch.linalg.qr(torch.randn(8, 8).double()).Q
    model, pca = LinearAutoencoder(8, 3).double(), fit_pca(x, 3)
    minimize(model, lambda: model.loss(x))
    assert principal_angles(model.decoder.weight.T.detach(), pca.components).max() < 0.01
    assert principal_angles(model.encoder.weight.detach(), pca.components).max() < 0.01
    torch.testing.assert_close(model.decode(model.encode(x)), pca.decode(pca.encode(x)), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(model.loss(x), squared_error(pca.decode(pca.encode(x)), x).mean())
    assert (model.decoder.weight.T @ pca.components.T - torch.eye(3)).abs().max() > 0.01, "a basis of its own"


def test_the_layers_are_784_128_10_128_784():
    layers = [tuple(layer.weight.shape) for layer in Autoencoder().modules() if isinstance(layer, torch.nn.Linear)]
    assert layers == [(128, 784), (10, 128), (128, 10), (784, 128)]


def test_it_is_the_formula():
    model, x = Autoencoder(6, 5, 2), torch.rand(4, 6)
    (e1, _, e2), (d1, _, d2) = model.encoder, model.decoder
    z = (x @ e1.weight.T + e1.bias).clamp(min=0) @ e2.weight.T + e2.bias
    logits = (z @ d1.weight.T + d1.bias).clamp(min=0) @ d2.weight.T + d2.bias
    torch.testing.assert_close(model.encode(x), z)
    torch.testing.assert_close(model(x), 1 / (1 + (-logits).exp()))
    torch.testing.assert_close(model.loss(x), -(x * model(x).log() + (1 - x) * (1 - model(x)).log()).sum(1).mean())


def test_the_loss_does_not_depend_on_the_size_of_the_batch():
    model, x = Autoencoder(6, 5, 2), torch.rand(4, 6)
    torch.testing.assert_close(model.loss(x.repeat(3, 1)), model.loss(x))
    linear = LinearAutoencoder(6, 2)
    torch.testing.assert_close(linear.loss(x.repeat(3, 1)), linear.loss(x))


def test_a_bend_lets_one_number_follow_a_curve():
    """Points on three quarters of a circle: one linear number cannot say where on it, one number can."""
    angle = torch.linspace(0, 1.5 * torch.pi, 64)
    x = 0.5 + 0.4 * torch.stack([angle.cos(), angle.sin()], dim=1)
    pca, model = fit_pca(x, 1), Autoencoder(2, 32, 1)
    minimize(model, lambda: squared_error(model(x), x).mean(), steps=150)
    assert squared_error(model(x), x).mean() < 0.1 * squared_error(pca.decode(pca.encode(x)), x).mean()
