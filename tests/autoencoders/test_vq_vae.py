import math

import pytest
import torch

from labkit.autoencoders.quantizer import EMAQuantizer, VectorQuantizer
from labkit.autoencoders.reconstruction import bernoulli_nll
from labkit.autoencoders.vq_vae import VQVAE, bits


def small(kind=VectorQuantizer, **kwargs):
    return VQVAE(kind(6, 3, **kwargs), hidden=8)


def test_matches_diffusers_between_encoder_and_decoder():
    """The whole loss with the quantizer of diffusers in the place of ours."""
    from diffusers.models.autoencoders.vae import VectorQuantizer as Peer

    model, image = small(), torch.rand(3, 1, 8, 12)
    model.quantizer.codebook.data.normal_(std=0.2)
    peer = Peer(6, 3, beta=0.25, legacy=False)
    peer.embedding.weight.data.copy_(model.quantizer.codebook.data)
    grid, loss, (_, _, codes) = peer(model.encoder(image))
    assert model.encode(image).flatten().tolist() == codes.tolist()
    positions, width = 2 * 3, 3
    expected = bernoulli_nll(model.decoder(grid), image).mean() + positions * width * loss
    torch.testing.assert_close(model.loss(image), expected)
    ours, theirs = (torch.autograd.grad(value, model.encoder[0].weight)[0] for value in (model.loss(image), expected))
    torch.testing.assert_close(ours, theirs)


def test_a_grid_of_codes_and_back():
    model, image = small().eval(), torch.rand(2, 1, 8, 12)
    codes = model.encode(image)
    assert codes.shape == (2, 2, 3)
    torch.testing.assert_close(model.decode(codes), model(image))
    assert model.decode(codes).min() >= 0


def test_each_position_has_its_own_vector():
    """The code at a place is the nearest to the encoder's vector at that place, not at a transposed one."""
    model, image = small(), torch.rand(2, 1, 8, 12)
    vectors, codes = model.encoder(image), model.encode(image)
    for b, i, j in ((0, 0, 2), (1, 1, 0), (1, 0, 1)):
        distances = (model.quantizer.codebook - vectors[b, :, i, j]).norm(dim=1)
        assert codes[b, i, j] == distances.argmin()


def test_the_encoder_learns_through_the_codes():
    model = small(EMAQuantizer, beta=0.0)
    model.loss(torch.rand(2, 1, 8, 8)).backward()
    assert all(parameter.grad.abs().sum() > 0 for parameter in model.encoder.parameters())


def test_the_loss_does_not_depend_on_the_size_of_the_batch():
    model, image = small(), torch.rand(2, 1, 8, 8)
    torch.testing.assert_close(model.loss(image.repeat(3, 1, 1, 1)), model.loss(image))


def test_overfits_four_images():
    torch.manual_seed(0)
    model = VQVAE(EMAQuantizer(16, 4, decay=0.9), hidden=16)
    image = torch.rand(4, 1, 8, 8).round()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(250):
        loss = model.loss(image)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    assert ((model(image) > 0.5) == (image > 0.5)).float().mean() > 0.95


def test_how_many_bits():
    assert bits(torch.zeros(5, 7, 7, dtype=torch.int64), 64) == pytest.approx(49 * 6)
    assert bits(torch.zeros(1, 2, 3, dtype=torch.int64), 10) == pytest.approx(6 * math.log2(10))


def test_a_side_that_cannot_be_halved_twice_is_refused():
    with pytest.raises(ValueError, match="multiples of 4"):
        small()(torch.rand(1, 1, 8, 10))
