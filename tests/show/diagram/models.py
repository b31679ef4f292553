"""Small models of every kind that a diagram must follow, with what they are called on."""

import torch
from torch import nn

from labkit.autoencoders.vae import VAE
from labkit.cnn.resnet_blocks import BasicBlock
from labkit.diffusion.unet import UNet
from labkit.gan.dcgan import Discriminator
from labkit.graphs.gcn import GCN
from labkit.rl.q_network import DuelingQNetwork
from labkit.rnn.attentive import BahdanauSeq2Seq
from labkit.transformers.gpt import GPT
from labkit.transformers.transformer import Transformer


class Sampling(nn.Module):
    """A VAE that draws its code."""

    def __init__(self):
        super().__init__()
        self.encoder, self.decoder = nn.Linear(12, 6), nn.Linear(3, 12)

    def forward(self, x):
        mean, log_variance = self.encoder(x).chunk(2, dim=-1)
        return self.decoder(mean + (0.5 * log_variance).exp() * torch.randn_like(mean))


def unet():
    return UNet((8, 16), classes=3), torch.zeros(2, 1, 8, 8), torch.tensor([0, 9]), torch.tensor([1, 2])


def vae():
    return VAE(12, 8, 3), torch.zeros(5, 12)


def sampling():
    return Sampling(), torch.zeros(5, 12)


def dueling():
    return DuelingQNetwork(4, 2, 8), torch.zeros(7, 4)


def gcn():
    return GCN(9, 6, 4), torch.zeros(5, 9), torch.tensor([[0, 1, 2], [1, 2, 4]])


def residual():
    return BasicBlock(4, 6, 2), torch.zeros(2, 4, 8, 8)


def discriminator():
    return Discriminator(), torch.zeros(5, 1, 28, 28)


def gpt():
    return GPT(30, width=8, heads=2, depth=3, length=9), torch.zeros(2, 5, dtype=torch.long)


def transformer():
    return Transformer(20, 23, width=8, heads=2, depth=2), torch.ones(2, 7).long(), torch.ones(2, 5).long()


def seq2seq():
    return BahdanauSeq2Seq(20, 23, width=8), torch.full((3, 7), 4), torch.full((3, 4), 4)


MODELS = [unet, vae, sampling, dueling, gcn, residual, discriminator, gpt, transformer, seq2seq]
