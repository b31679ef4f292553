"""Functions of points (4, 2), each with what it takes made from them, and what is left out."""

from collections.abc import Callable

import torch
from torch import Tensor

from labkit.autoencoders.importance import importance_bound
from labkit.autoencoders.mmd import mmd
from labkit.autoencoders.quantizer import quantize
from labkit.autoencoders.reconstruction import squared_error
from labkit.autoencoders.vae import VAE, gaussian_kl, reparameterize
from labkit.data.graphs import Graph, disjoint_union
from labkit.diffusion.ddim import ddim_step
from labkit.diffusion.ddpm import ddpm_step, jump
from labkit.diffusion.gaussian_mixture import GaussianMixture
from labkit.diffusion.guidance import guide
from labkit.diffusion.langevin import langevin
from labkit.diffusion.probability_flow import exact_divergence, flow, log_likelihood, signs
from labkit.diffusion.reverse_sde import correct, predict, predictor_corrector, reverse_sde
from labkit.diffusion.sampling import sample, trajectory
from labkit.diffusion.schedules import linear_schedule
from labkit.diffusion.score_matching import by_denoising, by_slices, denoising_loss, implicit_loss, noisy_batches
from labkit.diffusion.score_network import ScoreNetwork
from labkit.diffusion.sde import VESDE, VPSDE
from labkit.diffusion.velocity import velocity
from labkit.foundations.augmentation import crop, mixup, noise, scale, shift, shift_image
from labkit.foundations.losses import binary_cross_entropy, cross_entropy, mean_squared_error, softmax_cross_entropy
from labkit.gan.losses import discriminator_loss, generator_losses
from labkit.gan.wgan_gp import gradient_penalty
from labkit.graphs.adjacency import Adjacency
from labkit.graphs.aggregate import neighbor_max, neighbor_mean, neighbor_sum
from labkit.graphs.scatter import scatter_max, scatter_softmax, scatter_sum
from labkit.graphs.smoothing import mean_distance
from labkit.nn.attention import attend, multi_head_attend
from labkit.nn.masks import causal_mask, padding_mask
from labkit.rl.dqn import double_dqn_target, dqn_loss
from labkit.rl.evaluation import discounted_returns
from labkit.rl.exploration import epsilon_greedy
from labkit.rl.q_network import QNetwork
from labkit.rl.replay import ReplayBuffer, Ring
from labkit.rl.targets import bellman_target, double_target
from labkit.rl.transitions import Transitions
from labkit.transformers.cached_attention import attend_cached
from labkit.transformers.gpt import causal_loss
from labkit.transformers.sampling import top_k, top_p

EDGES = torch.tensor([[0, 1, 2, 3, 0], [1, 2, 3, 0, 2]])
GROUPS = torch.tensor([0, 1, 1, 0])
STEPS = linear_schedule(10)
TIMES = torch.tensor([1.0, 0.6, 0.3])
FLAGS = torch.tensor([True, False, False, True])


def cpu() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def pull(x: Tensor, *_: object) -> Tensor:
    return -x


def home(x: Tensor, index: Tensor) -> Tensor:
    return index.to(x.device)


def mixture(x: Tensor) -> GaussianMixture:
    return GaussianMixture(x[:3], torch.ones_like(x[:3, 0]), torch.full_like(x[:3, 0], 1 / 3))


def graphs(x: Tensor) -> list[Graph]:
    return [Graph(home(x, EDGES), x, x[:, 0]) for _ in range(2)]


def steps(x: Tensor) -> Transitions:
    return Transitions(x, home(x, GROUPS), x[:, 0], x + 1, home(x, FLAGS), home(x, ~FLAGS))


def network(x: Tensor) -> ScoreNetwork:
    return ScoreNetwork(2, 8).to(x)


def q(x: Tensor) -> QNetwork:
    return QNetwork(2, 3, 8).to(x)


def replayed(x: Tensor) -> list[object]:
    buffer = ReplayBuffer(8)
    buffer.add(steps(x))
    return [buffer.sample(5, cpu())]


def ring(x: Tensor) -> Tensor:
    memory = Ring(3, 2)
    return memory([x], torch.rand(5, dtype=x.dtype, device=x.device))[0]


FUNCTIONS: dict[str, Callable[[Tensor], object]] = {  # each of points (4, 2)
    "langevin": lambda x: langevin(pull, x, 0.1, 2, cpu()),
    "reverse_sde, exploding": lambda x: reverse_sde(VESDE(), pull, x, TIMES, cpu()),
    "reverse_sde, preserving": lambda x: reverse_sde(VPSDE(), pull, x, TIMES, cpu()),
    "predict": lambda x: predict(VPSDE(), pull, x, 0.8, 0.7, cpu()),
    "correct": lambda x: correct(-x, x, 0.2, cpu()),
    "predictor_corrector": lambda x: predictor_corrector(VPSDE(), pull, x, TIMES, 0.2, cpu()),
    "perturb": lambda x: VPSDE().perturb(x, x[:, 0].sigmoid(), x),
    "flow": lambda x: flow(VPSDE(), pull, x, TIMES),
    "signs": lambda x: signs(3, x, cpu()),
    "exact_divergence": lambda x: exact_divergence(pull, x),
    "log_likelihood": lambda x: log_likelihood(VPSDE(), pull, x, torch.tensor([0.1, 1.0]), exact_divergence),
    "score of a mixture": lambda x: mixture(x).score(x, 0.9, x[:, 0].exp()),
    "denoising_loss": lambda x: denoising_loss(pull, x, 0.3, x),
    "by_denoising": lambda x: by_denoising(network(x), cpu())((x, x[:, 0].exp())),
    "by_slices": lambda x: by_slices(network(x), cpu())((x, x[:, 0].exp())),
    "implicit_loss": lambda x: implicit_loss(pull, x),
    "noisy_batches": lambda x: next(noisy_batches(lambda size, _: x[:size], 3, 0.1, 1.0, cpu())),
    "jump": lambda x: jump(x, home(x, GROUPS), x, STEPS),
    "velocity": lambda x: velocity(x, x, STEPS.to(x.device)[4]),
    "ddpm_step": lambda x: ddpm_step(x, x, STEPS[5], STEPS[2], x),
    "ddim_step": lambda x: ddim_step(x, x, STEPS[5], STEPS[2], x, 0.5),
    "sample": lambda x: sample(pull, x, STEPS, [9, 4, 0], ddim_step),
    "trajectory": lambda x: trajectory(pull, x, STEPS, [9, 4, 0], ddpm_step).end,
    "guide": lambda x: guide(x, x + 1, x[:, 0]),
    "shift": lambda x: shift(x, 1, cpu()),
    "scale": lambda x: scale(x, 0.5, cpu()),
    "noise": lambda x: noise(x, 0.5, cpu()),
    "crop": lambda x: crop(x, 0.5, cpu()),
    "shift_image": lambda x: shift_image(x[None].expand(3, 4, 2), 1, cpu()),
    "mixup": lambda x: mixup(x, home(x, GROUPS), 2, 0.2, cpu()),
    "squared_error": lambda x: squared_error(x, x + 1),
    "gaussian_kl": lambda x: gaussian_kl(x, x),
    "reparameterize": lambda x: reparameterize(x, x, x),
    "importance_bound": lambda x: importance_bound(VAE(2, 8, 2).to(x).eval(), x * 0, 3) if not x.is_meta else x,
    "mmd": lambda x: mmd(x, x + 1, 2.0),
    "quantize": lambda x: quantize(x, x[:3] + 1)[0],
    "mean_squared_error": lambda x: mean_squared_error(x, x + 1),
    "binary_cross_entropy": lambda x: binary_cross_entropy(x, x.sigmoid()),
    "cross_entropy": lambda x: cross_entropy(x, home(x, GROUPS)),
    "soft cross_entropy": lambda x: cross_entropy(x, x.softmax(dim=1)),
    "softmax_cross_entropy": lambda x: softmax_cross_entropy(x, home(x, GROUPS)),
    "discriminator_loss": lambda x: discriminator_loss(x[:, 0], x[:, 1]),
    "generator_losses": lambda x: generator_losses(x[:, 0]),
    "gradient_penalty": lambda x: gradient_penalty(torch.nn.Linear(2, 1).to(x), x, x + 1, torch.rand(4).to(x.device)),
    "scatter_sum": lambda x: scatter_sum(x, home(x, GROUPS), 3),
    "scatter_max": lambda x: scatter_max(x, home(x, GROUPS), 3),
    "scatter_softmax": lambda x: scatter_softmax(x, home(x, GROUPS), 3),
    "neighbor_sum": lambda x: neighbor_sum(Adjacency(home(x, EDGES), 4), x, torch.ones(5, device=x.device)),
    "neighbor_mean": lambda x: neighbor_mean(Adjacency(home(x, EDGES), 4), x),
    "neighbor_max": lambda x: neighbor_max(Adjacency(home(x, EDGES), 4), x),
    "mean_distance": mean_distance,
    "attend": lambda x: attend(x, x, x, causal_mask(4, x.device)),
    "multi_head_attend": lambda x: multi_head_attend(x[None], x[None], x[None], 2),
    "attend_cached": lambda x: attend_cached(x[None, :2], x[None, :2], x[None, :2], x[None], x[None]),
    "padding_mask": lambda x: padding_mask(home(x, EDGES)) & causal_mask(5, x.device),
    "causal_loss": lambda x: causal_loss(x[None], home(x, GROUPS)[None]),
    "top_k": lambda x: top_k(x, 1),
    "top_p": lambda x: top_p(x, 0.7),
    "disjoint_union": lambda x: disjoint_union(graphs(x)).to(x.device),
    "dqn_loss": lambda x: dqn_loss(q(x), q(x), steps(x)),
    "double DQN": lambda x: dqn_loss(q(x), q(x), steps(x), aim=double_dqn_target),
    "bellman_target": lambda x: bellman_target(x[:, 0], x, home(x, FLAGS), home(x, FLAGS), 0.9),
    "double_target": lambda x: double_target(x[:, 0], x, x, home(x, FLAGS), home(x, FLAGS), 0.9),
    "discounted_returns": lambda x: discounted_returns(x, 0.9),
    "epsilon_greedy": lambda x: epsilon_greedy(x, 0.1),
    "replay": replayed,
    "ring": ring,
}
FLOAT32 = {"ring": "rows of float32, as its text says"}
NO_VALUES = {
    "score of a mixture": "a mixture checks its weights by their values",
    "importance_bound": "pixels are checked by their values",
    "disjoint_union": "repeats numbers as often as their values say",
}
ASK = {  # left out of the table: they ask for values at once, or round
    "annealed_langevin, relative_error, legs": "their levels are checked by their values",
    "dirichlet_energy, label_propagation, refine": "loops and colors are found by their values",
    "play of both rooms, Environments, GridWorld, Learner": "environments live on the CPU",
    "wasserstein, mutual_information, NGram": "NumPy and SciPy compute on the CPU",
    "fit_pca, frechet_distance, ridge": "linear algebra has no bfloat16",
}
