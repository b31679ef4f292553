"""A training step beside what a user of torch.distributions, diffusers and scikit-learn writes, on the same weights."""

import pytest
import torch
from sklearn import decomposition
from torch import nn
from torch.distributions import Bernoulli, Independent, Normal, kl_divergence

from benchmarks.timing import ratio, training_step
from labkit.autoencoders.pca import fit_pca
from labkit.autoencoders.quantizer import VectorQuantizer
from labkit.autoencoders.vae import VAE
from labkit.autoencoders.vq_vae import VQVAE

pytestmark = pytest.mark.benchmark
BATCHES = {"lecture": 64, "larger": 512}


@pytest.mark.parametrize("size", BATCHES)
def test_vae_training_step(size, record_property):
    """The VAE as torch.distributions writes it."""
    ours, x = VAE(), torch.rand(BATCHES[size], 784).round()

    def peer():
        mean, log_variance = ours.encoder(x).chunk(2, dim=-1)
        posterior = Normal(mean, (0.5 * log_variance).exp())
        likelihood = Independent(Bernoulli(logits=ours.decoder(posterior.rsample())), 1)
        prior = Normal(torch.zeros_like(mean), torch.ones_like(mean))
        return (kl_divergence(posterior, prior).sum(-1) - likelihood.log_prob(x)).mean()

    torch.manual_seed(0)
    mine = ours.loss(x)
    torch.manual_seed(0)
    torch.testing.assert_close(mine, peer(), atol=1e-2, rtol=1e-4)
    found = ratio(training_step(ours.parameters(), lambda: ours.loss(x)), training_step(ours.parameters(), peer))
    record_property("ratio", found)
    print(f"\nVAE training step, {size}, beside torch.distributions: ratio {found:.2f}")
    assert found <= 1.0


@pytest.mark.parametrize("size", BATCHES)
def test_vq_vae_training_step(size, record_property):
    """The VQ-VAE with the quantizer of diffusers in the place of ours."""
    from diffusers.models.autoencoders.vae import VectorQuantizer as Peer

    ours, image = VQVAE(VectorQuantizer(64, 16), hidden=24), torch.rand(BATCHES[size], 1, 28, 28)
    peer = Peer(64, 16, beta=0.25, legacy=False)
    peer.embedding.weight.data.copy_(ours.quantizer.codebook.data)
    entropy = nn.BCEWithLogitsLoss(reduction="sum")

    def theirs():
        grid, loss, _ = peer(ours.encoder(image))
        return entropy(ours.decoder(grid), image) / len(image) + 49 * 16 * loss

    torch.testing.assert_close(ours.loss(image), theirs(), atol=1e-2, rtol=1e-4)
    rest = [*ours.encoder.parameters(), *ours.decoder.parameters()]
    found = ratio(
        training_step([*rest, ours.quantizer.codebook], lambda: ours.loss(image)),
        training_step([*rest, peer.embedding.weight], theirs),
        rounds=20,
    )
    record_property("ratio", found)
    print(f"\nVQ-VAE training step, {size}, with the quantizer of diffusers: ratio {found:.2f}")
    assert found <= 1.0


def test_quantizer_alone(record_property):
    from diffusers.models.autoencoders.vae import VectorQuantizer as Peer

    ours, peer = VectorQuantizer(512, 64), Peer(512, 64, beta=0.25, legacy=False)
    peer.embedding.weight.data.copy_(ours.codebook.data)
    grid = torch.randn(16, 64, 16, 16, requires_grad=True)
    rows = grid.detach().permute(0, 2, 3, 1).reshape(-1, 64).requires_grad_()

    def labkit():
        quantized, _, loss = ours(rows)
        (quantized.square().mean() + loss).backward()

    def diffusers():
        quantized, loss, _ = peer(grid)
        (quantized.square().mean() + loss).backward()

    found = ratio(labkit, diffusers)
    record_property("ratio", found)
    print(f"\nquantizer, 4,096 vectors, 512 codes, beside diffusers: ratio {found:.2f}")
    assert found <= 1.0


def test_pca(record_property):
    x = torch.rand(1347, 784)
    found = ratio(lambda: fit_pca(x, 10), lambda: decomposition.PCA(10, svd_solver="full").fit(x.numpy()), rounds=8)
    record_property("ratio", found)
    print(f"\nPCA of 1,347 digits beside scikit-learn's full solver: ratio {found:.2f}")
    assert found <= 1.0
