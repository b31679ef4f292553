import pytest
import torch

from labkit.autoencoders.mmd import mmd
from labkit.autoencoders.reconstruction import squared_error
from labkit.autoencoders.wae import WAE


def test_the_loss_is_squared_error_and_weighted_mmd(monkeypatch):
    model, x, prior = WAE(7.0, 6, 8, 2), torch.rand(9, 6), torch.randn(9, 2)
    monkeypatch.setattr(torch, "randn_like", lambda _: prior)
    z = model.encode(x)
    expected = squared_error(model.decode(z), x).mean() + 7.0 * mmd(z, prior, scale=4.0)
    torch.testing.assert_close(model.loss(x), expected)


def test_the_encoder_has_no_noise():
    model, x = WAE(7.0, 6, 8, 2), torch.rand(9, 6)
    torch.testing.assert_close(model.encode(x), model.encode(x))


def test_all_codes_together_come_to_look_like_the_prior():
    """The MMD with the kernel of a WAE is 0 only if both agree; training with a large weight gets there."""
    torch.manual_seed(0)
    x = torch.rand(128, 2)
    distances = {}
    for weight in (0.0, 300.0):
        torch.manual_seed(1)
        model = WAE(weight, 2, 64, 2)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
        for _ in range(150):
            loss = model.loss(x)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        z = model.encode(x)
        distances[weight] = mmd(z, torch.randn(2000, 2), 4.0).item()
    assert distances[300.0] < 0.01 < distances[0.0]
    assert z.mean(0).abs().max() < 0.2
    assert (z.std(0) - 1).abs().max() < 0.25


def test_generated_images_come_from_the_prior(monkeypatch):
    model, z = WAE(1.0, 6, 8, 2), torch.randn(7, 2)
    monkeypatch.setattr(torch, "randn", lambda *size, **_: z[: size[0]])
    torch.testing.assert_close(model.generate(7), model.decode(z))


def test_a_negative_weight_is_refused():
    with pytest.raises(ValueError, match="-2"):
        WAE(-2.0)
