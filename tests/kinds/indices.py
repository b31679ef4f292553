"""What takes indices: a call for each, on indices that `k` turns into another type, and what is left out."""

from collections.abc import Callable

import torch
from torch import Tensor

from labkit.autoencoders.quantizer import perplexity, usage
from labkit.data.graphs import Graph, both_ways, disjoint_union
from labkit.diffusion.ddpm import jump
from labkit.diffusion.guidance import drop_labels, guided
from labkit.diffusion.latent_denoiser import LatentDenoiser
from labkit.diffusion.schedules import linear_schedule
from labkit.diffusion.velocity import FromVelocity
from labkit.foundations.augmentation import mixup
from labkit.foundations.losses import cross_entropy, softmax_cross_entropy
from labkit.gan.conditional_gan import (
    ConditionalDiscriminator,
    ConditionalGenerator,
    ProjectionDiscriminator,
    append_class,
)
from labkit.gan.coverage import class_counts
from labkit.graphs.adjacency import Adjacency, as_adjacency, check_edges, with_loops
from labkit.graphs.gat import GAT, graph_attention, looped
from labkit.graphs.gatv2 import GATv2Conv
from labkit.graphs.gcn import GCN, normalized_adjacency, normalized_for, symmetric_normalization
from labkit.graphs.gcnii import GCNII
from labkit.graphs.graphsage import GraphSAGE
from labkit.graphs.label_propagation import label_propagation
from labkit.graphs.mpnn import MPNN
from labkit.graphs.readout import Set2Set
from labkit.graphs.sampling import NeighborSampler
from labkit.graphs.scatter import mean_of_neighbors, scatter_max, scatter_mean, scatter_softmax, scatter_sum
from labkit.graphs.smoothing import dirichlet_energy, relative_energy
from labkit.graphs.weisfeiler_lehman import refine, tells_apart
from labkit.nn.cache import KeyValueCache
from labkit.rl.dqn import dqn_loss
from labkit.rl.grid_world import cliff_walking
from labkit.rl.q_network import QNetwork
from labkit.rl.transitions import Transitions
from labkit.rnn.attentive import LuongSeq2Seq
from labkit.rnn.markov import fit_chain
from labkit.rnn.recurrence import last_states
from labkit.rnn.seq2seq import Seq2Seq
from labkit.train.evaluate import mean_loss
from labkit.transformers.gpt import GPT, causal_loss
from labkit.transformers.ngram import NGram
from labkit.transformers.sampling import generate
from labkit.transformers.scoring import log_probabilities
from labkit.transformers.transformer import Transformer

E = torch.tensor([[0, 1, 2, 3, 4, 0, 3], [1, 2, 3, 4, 0, 2, 3]])
Y = torch.tensor([0, 2, 1, 1, 0])
X = torch.randn(5, 6, generator=torch.Generator().manual_seed(0))
TOKENS = torch.tensor([[1, 3, 5, 2], [4, 4, 1, 6]])
KNOWN = torch.tensor([True, False, True, True, False])
Kind = Callable[[Tensor], Tensor]  # what turns an int64 index into one of another type


def selected(rows: Tensor) -> Tensor:
    cache = KeyValueCache()
    cache.extend(torch.arange(48.0).view(3, 2, 2, 4), torch.arange(48.0).view(3, 2, 2, 4))
    cache.select(rows)
    return cache.key


def sampled(edges: Tensor, targets: Tensor):
    return NeighborSampler(edges, 5, (2, 1)).sample(targets, torch.Generator().manual_seed(0))


def steps(action: Tensor) -> Transitions:
    return Transitions(X, action, X[:, 0], X + 1, KNOWN, ~KNOWN)


def deterministic(model: torch.nn.Module) -> torch.nn.Module:
    return model.eval()


CASES: dict[str, Callable[[Kind], object]] = {
    "data.graphs.both_ways": lambda k: both_ways(k(E)),
    "data.graphs.disjoint_union": lambda k: disjoint_union([Graph(k(E), X, Y), Graph(k(E), X, Y)]),
    "graphs.adjacency.Adjacency": lambda k: Adjacency(k(E), 5).edges,
    "graphs.adjacency.as_adjacency": lambda k: as_adjacency(k(E), 5).edges,
    "graphs.adjacency.with_loops": lambda k: with_loops(k(E), 5),
    "graphs.adjacency.check_edges": lambda k: check_edges(k(E), 5, 5),
    "graphs.gcn.symmetric_normalization": lambda k: symmetric_normalization(k(E), 5),
    "graphs.gcn.normalized_adjacency": lambda k: normalized_adjacency(k(E), 5).weights,
    "graphs.gcn.normalized_for": lambda k: normalized_for(X, k(E)).weights,
    "graphs.gcn.GCN": lambda k: deterministic(GCN(6, 8, 3))(X, k(E)),
    "graphs.gcnii.GCNII": lambda k: deterministic(GCNII(6, 8, 3, 2))(X, k(E)),
    "graphs.gat.GAT": lambda k: GAT(6, 8, 3)(X, k(E)),
    "graphs.gat.looped": lambda k: looped(k(E), 5).edges,
    "graphs.gat.graph_attention": lambda k: graph_attention(X.view(5, 2, 3), X[:2, :3], X[2:4, :3], k(E)),
    "graphs.gatv2.GATv2Conv": lambda k: GATv2Conv(6, 3)(X, k(E)),
    "graphs.graphsage.GraphSAGE": lambda k: GraphSAGE(6, 8, 3)(X, k(E)),
    "graphs.mpnn.MPNN": lambda k: MPNN(6, 2)(X, k(E), torch.ones(7, 2), k(Y.clamp(max=1)), 2),
    "graphs.readout.Set2Set": lambda k: Set2Set(6)(X, k(Y), 3),
    "graphs.label_propagation.label_propagation": lambda k: label_propagation(k(Y), KNOWN, k(E), 3),
    "graphs.sampling.NeighborSampler": lambda k: sampled(k(E), k(torch.tensor([3, 0]))),
    "graphs.scatter.scatter_sum": lambda k: scatter_sum(X, k(Y), 3),
    "graphs.scatter.scatter_mean": lambda k: scatter_mean(X, k(Y), 3),
    "graphs.scatter.scatter_max": lambda k: scatter_max(X, k(Y), 3),
    "graphs.scatter.mean_of_neighbors": lambda k: mean_of_neighbors(X, k(E)),
    "rnn.recurrence.last_states": lambda k: last_states(X.view(5, 3, 2), k(Y.clamp(min=1))),
    "graphs.scatter.scatter_softmax": lambda k: scatter_softmax(X, k(Y), 3),
    "graphs.smoothing.dirichlet_energy": lambda k: dirichlet_energy(X, k(E)),
    "graphs.smoothing.relative_energy": lambda k: relative_energy(X, k(E)),
    "graphs.weisfeiler_lehman.refine": lambda k: refine(k(E), 5, 2, k(Y)),
    "graphs.weisfeiler_lehman.tells_apart": lambda k: torch.tensor(tells_apart(k(E), k(Y.clamp(max=1)), 2)),
    "diffusion.ddpm.jump": lambda k: jump(X, k(Y), X + 1, linear_schedule(10)),
    "diffusion.guidance.drop_labels": lambda k: drop_labels(k(Y), 3, 0.5),
    "diffusion.guidance.guided": lambda k: guided(LatentDenoiser(6, 8, 1, 3), k(Y), 3)(X, Y),
    "diffusion.latent_denoiser.LatentDenoiser": lambda k: LatentDenoiser(6, 8, 1, 3)(X, Y, k(Y)),
    "diffusion.velocity.FromVelocity": lambda k: FromVelocity(LatentDenoiser(6, 8), linear_schedule(9))(X, k(Y)),
    "gan.conditional_gan.append_class": lambda k: append_class(X, k(Y), X),
    "gan.conditional_gan.ConditionalGenerator": lambda k: ConditionalGenerator(3, 6, 8)(X, k(Y)),
    "gan.conditional_gan.ConditionalDiscriminator": lambda k: ConditionalDiscriminator(3, 8)(pictures(), k(Y)),
    "gan.conditional_gan.ProjectionDiscriminator": lambda k: ProjectionDiscriminator(3, 8)(pictures(), k(Y)),
    "gan.coverage.class_counts": lambda k: class_counts(k(Y), 4),
    "autoencoders.quantizer.usage": lambda k: usage(k(Y), 3),
    "autoencoders.quantizer.perplexity": lambda k: torch.tensor(perplexity(k(Y), 3)),
    "nn.cache.KeyValueCache": lambda k: selected(k(torch.tensor([1, 0, 1, 0]))),
    "rl.dqn.dqn_loss": lambda k: dqn_loss(QNetwork(6, 3), QNetwork(6, 3), steps(k(Y))),
    "rl.grid_world.GridWorld": lambda k: cliff_walking().step(k(Y), k(Y)),
    "transformers.gpt.GPT": lambda k: deterministic(GPT(9, 8, 2, 1, 12))(k(TOKENS)),
    "transformers.gpt.causal_loss": lambda k: causal_loss(torch.arange(72.0).view(2, 4, 9).sin(), k(TOKENS)),
    "transformers.sampling.generate": lambda k: generate(GPT(9, 8, 2, 1, 12), k(TOKENS), 3, k=1),
    "transformers.scoring.log_probabilities": lambda k: log_probabilities(GPT(9, 8, 2, 1, 12), k(TOKENS[0])),
    "transformers.transformer.Transformer": lambda k: deterministic(Transformer(9, 9, 8, 2, 1))(k(TOKENS), k(TOKENS)),
    "transformers.ngram.NGram": lambda k: torch.from_numpy(NGram(k(TOKENS[0]), 2, 9).log_probabilities(k(TOKENS[1]))),
    "rnn.markov.fit_chain": lambda k: fit_chain(k(TOKENS), 9),
    "rnn.seq2seq.Seq2Seq": lambda k: Seq2Seq(9, 9, 8)(k(TOKENS), k(TOKENS)),
    "rnn.attentive.LuongSeq2Seq": lambda k: LuongSeq2Seq(9, 9, 8)(k(TOKENS), k(TOKENS)),
    "foundations.augmentation.mixup": lambda k: mixup(X, k(Y), 3),
    "foundations.losses.cross_entropy": lambda k: cross_entropy(X, k(Y)),
    "foundations.losses.softmax_cross_entropy": lambda k: softmax_cross_entropy(X, k(Y)),
    "train.evaluate.mean_loss": lambda k: torch.tensor(mean_loss(torch.nn.Identity(), X, k(Y))),
}
LEFT_OUT = {
    "nn.kinds.reaches_beyond": "asks about an index that was converted",
    "nn.masks.padding_mask": "compares with one number and indexes nothing",
    "transformers.transformer.teacher_forcing": "cuts tokens, and compares them",
    "transformers.transformer.past_mask": "compares tokens with padding",
    "diffusion.time_embedding.sinusoidal": "takes steps as numbers",
    "nn.digit_classifier.train_digit_classifier": "trains; its labels go to `as_index`, as those here do",
    "data.citations.cited": "draws a graph for topics that `citations` made",
    "data.citations.bags_of_words": "the same",
    "data.graphs.split": "compares labels",
    "data.images.as_pictures": "takes pixels",
    "data.shapes.render": "takes factors that it compares",
    "data.signals.draw": "takes labels that it compares",
    "data.translation.batches": "hands rows of tokens on",
    "data.windows.random_windows": "hands rows of tokens on",
    "graphs.adjacency.order_by": "a part of Adjacency, on edges that were converted",
    "graphs.adjacency.row_starts": "the same",
    "graphs.sampling.pick_neighbors": "takes the parts of an Adjacency",
    "gan.coverage.divergence_from_uniform": "takes counts",
    "autoencoders.disentanglement.mutual_information": "takes NumPy arrays of factors that it compares",
    "autoencoders.disentanglement.mutual_information_gap": "the same",
    "autoencoders.vq_vae.bits": "asks only for the shape",
    "transformers.bpe_training.merge_step": "counts pairs of numbers",
}


def pictures() -> Tensor:
    return torch.randn(5, 1, 28, 28, generator=torch.Generator().manual_seed(1))
