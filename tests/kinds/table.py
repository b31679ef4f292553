"""One small instance of every public module, and what it takes: `x(...)` are features, `i(...)` are indices."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from labkit.autoencoders.autoencoder import Autoencoder
from labkit.autoencoders.beta_vae import BetaVAE
from labkit.autoencoders.denoising import DenoisingAutoencoder, gaussian_noise
from labkit.autoencoders.quantizer import EMAQuantizer, VectorQuantizer
from labkit.autoencoders.strong_decoder import CausalConvolution, StrongDecoderVAE
from labkit.autoencoders.vae import VAE
from labkit.autoencoders.vq_vae import VQVAE
from labkit.autoencoders.wae import WAE
from labkit.cnn.cnn import CNN
from labkit.cnn.lenet import LeNet5, PartialConv2d, ScaledTanh, Subsampling
from labkit.cnn.resnet import ResNet, SmallStem, Stem
from labkit.cnn.resnet_blocks import BasicBlock, Bottleneck, PlainBlock, Projection, ZeroPadding
from labkit.diffusion.ddpm import DDPM
from labkit.diffusion.latent_denoiser import LatentDenoiser
from labkit.diffusion.schedules import linear_schedule
from labkit.diffusion.score_network import ScoreNetwork
from labkit.diffusion.time_embedding import TimeEmbedding
from labkit.diffusion.unet import UNet
from labkit.diffusion.velocity import FromVelocity
from labkit.foundations.deep import DeepMLP
from labkit.foundations.dropout import Dropout
from labkit.foundations.mlp import MLP
from labkit.foundations.normalization import BatchNorm, LayerNorm
from labkit.gan.conditional_gan import ConditionalDiscriminator, ConditionalGenerator, ProjectionDiscriminator
from labkit.gan.dcgan import Discriminator, Generator
from labkit.gan.plane import PointCritic
from labkit.gan.wgan_gp import ImageCritic
from labkit.graphs.gat import GAT, GATConv
from labkit.graphs.gatv2 import GATv2Conv
from labkit.graphs.gcn import GCN, GCNConv
from labkit.graphs.gcnii import GCNII
from labkit.graphs.graphsage import GraphSAGE, SAGEConv
from labkit.graphs.mpnn import MPNN
from labkit.graphs.readout import Set2Set
from labkit.nn.attention import MultiHeadAttention
from labkit.nn.blocks import DecoderBlock, EncoderBlock, FeedForward
from labkit.nn.digit_classifier import DigitClassifier
from labkit.nn.positions import LearnedPositions, Rotary, SinusoidalPositions
from labkit.rl.q_network import DuelingQNetwork, QNetwork, Scale
from labkit.rnn.attentive import BahdanauSeq2Seq, LuongSeq2Seq
from labkit.rnn.gru import GRU
from labkit.rnn.lstm import LSTM
from labkit.rnn.seq2seq import Reader, Seq2Seq
from labkit.rnn.simple_rnn import SimpleRNN
from labkit.transformers.cross_attention import CrossAttention
from labkit.transformers.gpt import GPT, GPTBlock
from labkit.transformers.self_attention import SelfAttention
from labkit.transformers.transformer import Embedding, Transformer

Row = tuple[Callable[[], nn.Module], Callable[[], tuple[Tensor, ...]]]


def x(*shape: int) -> Tensor:
    return torch.rand(*shape)


def i(*shape: int, below: int = 3) -> Tensor:
    return torch.randint(below, shape)


EDGES = torch.tensor([[0, 1, 2, 3, 0], [1, 2, 3, 0, 2]])
graph = lambda: (x(4, 6), EDGES)  # noqa: E731
kept = linear_schedule(10)
signal = lambda: (x(2, 5, 6),)  # noqa: E731
tokens = lambda: (i(2, 4, below=8) + 1, i(2, 3, below=8) + 1)  # noqa: E731
picture = lambda: (x(2, 1, 28, 28),)  # noqa: E731
ROWS: list[Row] = [
    (lambda: MultiHeadAttention(6, 2), signal), (lambda: MultiHeadAttention(8, 2, Rotary(4)), lambda: (x(2, 5, 8),)),
    (lambda: FeedForward(6), signal), (lambda: EncoderBlock(6, 2), signal),
    (lambda: DecoderBlock(6, 2), lambda: (x(2, 5, 6), x(2, 3, 6))),
    (lambda: SinusoidalPositions(6), signal), (lambda: LearnedPositions(6), signal), (lambda: Rotary(6), signal),
    (lambda: GATConv(6, 3, 2), graph), (lambda: GAT(6, 8, 3), graph), (lambda: GATv2Conv(6, 3, 2), graph),
    (lambda: GAT(6, 8, 3, dropout=0.3, conv=GATv2Conv), graph), (lambda: GCNConv(6, 3), graph),
    (lambda: GCN(6, 8, 3), graph), (lambda: GCNII(6, 8, 3, 2), graph), (lambda: SAGEConv(6, 3), graph),
    (lambda: GraphSAGE(6, 8, 3), graph), (lambda: Set2Set(6), lambda: (x(4, 6), torch.tensor([0, 1, 1, 0]), 2)),
    (lambda: MPNN(6, 2), lambda: (x(4, 6), EDGES, x(5, 2), torch.tensor([0, 1, 1, 0]), 2)),
    (lambda: LatentDenoiser(6, 8, 1, 3), lambda: (x(4, 6), i(4), i(4))),
    (lambda: DDPM(LatentDenoiser(6, 8, 1), kept), lambda: (x(4, 6), i(4))),
    (lambda: FromVelocity(LatentDenoiser(6, 8, 1), kept), lambda: (x(4, 6), i(4))),
    (lambda: TimeEmbedding(6, 8, 3), lambda: (i(4), i(4))),
    (lambda: UNet((8, 8), classes=3), lambda: (x(2, 1, 8, 8), i(2), i(2))),
    (lambda: UNet((8,)), lambda: (x(2, 1, 8, 8), i(2))),
    (lambda: ScoreNetwork(2, 8), lambda: (x(4, 2), x(4) + 0.1)),
    (lambda: Generator(6, 8), lambda: (x(4, 6),)), (lambda: Discriminator(8), picture),
    (lambda: ImageCritic(8), picture), (lambda: DigitClassifier(), picture),
    (lambda: ConditionalGenerator(3, 6, 8), lambda: (x(4, 6), i(4))),
    (lambda: ConditionalDiscriminator(3, 8), lambda: (*picture(), i(2))),
    (lambda: ProjectionDiscriminator(3, 8), lambda: (*picture(), i(2))), (lambda: PointCritic(), lambda: (x(4, 2),)),
    (lambda: Scale([1.0, 2.0]), lambda: (x(4, 2),)), (lambda: QNetwork(2, 3), lambda: (x(4, 2),)),
    (lambda: DuelingQNetwork(2, 3), lambda: (x(4, 2),)),
    (lambda: Autoencoder(6, 8, 2), lambda: (x(4, 6),)), (lambda: VAE(6, 8, 2), lambda: (x(4, 6),)),
    (lambda: BetaVAE(2.0, 6, 8, 2), lambda: (x(4, 6),)), (lambda: WAE(1.0, 6, 8, 2), lambda: (x(4, 6),)),
    (lambda: DenoisingAutoencoder(gaussian_noise(0.1), 6, 8, 2), lambda: (x(4, 6),)),
    (lambda: VectorQuantizer(4, 3), lambda: (x(5, 3),)), (lambda: EMAQuantizer(4, 3), lambda: (x(5, 3),)),
    (lambda: VQVAE(VectorQuantizer(4, 3), 8), picture), (lambda: VQVAE(EMAQuantizer(4, 3), 8), picture),
    (lambda: CausalConvolution(2), picture), (lambda: StrongDecoderVAE(1.0, 8, 8, 2), lambda: (x(2, 64),)),
    (lambda: CrossAttention(6, 4), lambda: (x(2, 5, 6), x(2, 3, 4))), (lambda: SelfAttention(6), signal),
    (lambda: GPTBlock(6, 2), signal), (lambda: GPT(9, 6, 2, 2, 12), lambda: tokens()[:1]),
    (lambda: Embedding(9, 6, 0.0, None), lambda: tokens()[:1]), (lambda: Transformer(9, 9, 8, 2, 1), tokens),
    (lambda: Transformer(9, 9, 8, 2, 1, positions=Rotary(4)), tokens),
    (lambda: CNN(), picture), (lambda: LeNet5(), lambda: (x(2, 1, 32, 32),)), (lambda: ScaledTanh(), signal),
    (lambda: Subsampling(3), lambda: (x(2, 3, 8, 8),)),
    (lambda: PartialConv2d(([0, 1], [1, 2]), 3, 3), lambda: (x(2, 3, 8, 8),)),
    (lambda: Stem(3, 4), lambda: (x(2, 3, 16, 16),)), (lambda: SmallStem(3, 4), lambda: (x(2, 3, 16, 16),)),
    (lambda: ResNet(BasicBlock, (1, 1), 8, classes=3), lambda: (x(2, 3, 32, 32),)),
    *((lambda block=block: block(8, 8), lambda: (x(2, 8, 8, 8),)) for block in (BasicBlock, PlainBlock, Bottleneck)),
    *((lambda cut=cut: cut(4, 8, 2), lambda: (x(2, 4, 8, 8),)) for cut in (Projection, ZeroPadding)),
    (lambda: MLP([6, 8, 3]), lambda: (x(4, 6),)), (lambda: DeepMLP(6, 8, 3, 2), lambda: (x(4, 6),)),
    (lambda: Dropout(), signal), (lambda: BatchNorm(6), lambda: (x(4, 6),)), (lambda: LayerNorm(6), lambda: (x(4, 6),)),
    *((lambda kind=kind: kind(6, 4), signal) for kind in (GRU, LSTM, SimpleRNN)),
    *((lambda kind=kind: kind(9, 9, 6), tokens) for kind in (Seq2Seq, BahdanauSeq2Seq, LuongSeq2Seq)),
    (lambda: Reader(9, 6, both_ways=True), lambda: tokens()[:1]),
]  # fmt: skip
LEFT_OUT = {
    "nn.blocks.PostNorm": "takes a sublayer; stands in EncoderBlock",
    "nn.blocks.PreNorm": "the same",
    "graphs.gcnii.GCNIIConv": "takes a normalized adjacency; stands in GCNII",
    "graphs.mpnn.EdgeNetwork": "takes an adjacency and matrices; stands in MPNN",
    "diffusion.latent_denoiser.ResidualLayer": "stands in LatentDenoiser",
    "diffusion.latent_diffusion.LatentDiffusion": "has no forward: see `test_what_models_generate`",
    "diffusion.schedules.Scheduled": "has no forward: what DDPM and FromVelocity are made from",
    "diffusion.unet_blocks.ResidualBlock": "stands in UNet",
    "diffusion.unet_blocks.PlaceAttention": "stands in UNet",
    "diffusion.unet_blocks.Stage": "stands in UNet",
    "diffusion.unet_blocks.Double": "stands in UNet",
    "gan.conditional_gan.ConditionalGAN": "has no forward: see `test_what_models_generate`",
    "gan.gan.GAN": "the same",
    "gan.wgan.WGAN": "the same",
    "gan.wgan_gp.WGANGP": "the same",
    "autoencoders.autoencoder.LinearAutoencoder": "has no forward: two linear layers of torch",
    "transformers.transformer.Encoder": "stands in Transformer",
    "transformers.transformer.Decoder": "the same",
    "foundations.deep.HiddenLayer": "stands in DeepMLP",
    "rnn.attentive.AttentiveSeq2Seq": "the base of two that are here",
    "rnn.gru.GRUCell": "stands in GRU",
    "rnn.lstm.LSTMCell": "stands in LSTM",
    "rnn.simple_rnn.SimpleRNNCell": "stands in SimpleRNN",
    "rnn.recurrence.Cell": "the base of three that are here",
    "rnn.recurrence.Recurrence": "the same",
    "rnn.recurrent_attention.AdditiveScore": "stands in BahdanauSeq2Seq",
    "rnn.recurrent_attention.DotScore": "has no weights, and multiplies",
    "rnn.recurrent_attention.GeneralScore": "stands in LuongSeq2Seq",
}
NO_VALUES = {  # on the meta device, where tensors have no values, these must ask for some
    "GATConv": "loops are taken out by their values", "GAT": "the same", "GATv2Conv": "the same",
    "GCNConv": "the same", "GCN": "the same", "GCNII": "the same",
}  # fmt: skip


def moved(value: Any, **to: Any) -> Any:
    """Features in another type or place; indices only in another place."""
    if not isinstance(value, Tensor):
        return value
    return value.to(**to) if value.is_floating_point() else value.to(**{k: v for k, v in to.items() if k == "device"})
