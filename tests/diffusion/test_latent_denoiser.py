import torch
import torch.nn.functional as F

from labkit.diffusion.latent_denoiser import LatentDenoiser, ResidualLayer


def test_a_layer_is_the_residual_block_of_a_one_pixel_image():
    """Its formula, written with torch's functions."""
    layer, x, embedded = ResidualLayer(8), torch.randn(3, 8), torch.randn(3, 8)
    inner = layer.first(F.layer_norm(x, (8,))) + layer.step(embedded)
    torch.testing.assert_close(layer(x, embedded), x + layer.second(inner * inner.sigmoid()))


def test_every_part_is_used_and_rows_keep_apart():
    model = LatentDenoiser(4, 16, 2, classes=3)
    torch.nn.init.normal_(model.leave.weight)
    x, t, labels = torch.randn(3, 4), torch.tensor([0, 500, 999]), torch.tensor([0, 2, 3])
    model(x, t, labels).square().sum().backward()
    assert all(p.grad.abs().sum() > 0 for p in model.parameters())
    torch.testing.assert_close(model(x, t, labels)[1:2], model(x[1:2], t[1:2], labels[1:2]))
    torch.testing.assert_close(model(x, t), model(x, t, torch.full((3,), 3)))


def test_overfits_one_batch():
    model, x, t = LatentDenoiser(4, 32, 2), torch.randn(16, 4), torch.arange(16) * 60
    target, optimizer = torch.randn(16, 4), torch.optim.Adam(model.parameters(), 1e-2)
    for _ in range(150):
        loss = (model(x, t) - target).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss < 0.02
