"""Networks that say what each action is worth.

Axes: b states, o observation, a actions.
"""

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn


def mlp(widths: list[int]) -> nn.Sequential:
    """Linear layers of these widths with ReLUs between them, none at the end."""
    layers = [module for sizes in pairwise(widths) for module in (nn.Linear(*sizes), nn.ReLU())]
    return nn.Sequential(*layers[:-1])


class Scale(nn.Module):
    """Divides what is seen by what counts as much of it, so that all entries speak equally loudly.

    Raises ValueError if a unit is not positive.
    """

    def __init__(self, units: list[float]):
        super().__init__()
        if not units or min(units) <= 0:
            raise ValueError(f"units are positive, one for each entry of an observation, not {units}")
        self.register_buffer("units", torch.tensor(units))

    def forward(self, obs: Float[Tensor, "b o"]) -> Float[Tensor, "b o"]:
        return obs / self.units


class QNetwork(nn.Module):
    r"""The value of every action from one look at the state, $s \mapsto (Q(s, a))_a$: a choice takes one pass.

    Mnih et al. 2015, https://doi.org/10.1038/nature14236
    """

    def __init__(self, observation: int, actions: int, hidden: int = 64, depth: int = 2):
        super().__init__()
        self.layers = mlp([observation] + [hidden] * depth + [actions])

    def forward(self, obs: Float[Tensor, "b o"]) -> Float[Tensor, "b a"]:
        return self.layers(obs)


class DuelingQNetwork(nn.Module):
    r"""How good the state is, and how much better or worse each action is than their mean.

    $$Q(s, a) = V(s) + A(s, a) - \frac{1}{|A|} \sum_{a'} A(s, a')$$

    The mean is taken away because a constant could otherwise move between V and A unnoticed. What every action of a
    state has in common is learned once. Wang et al. 2016, https://arxiv.org/abs/1511.06581
    """

    def __init__(self, observation: int, actions: int, hidden: int = 64, depth: int = 2):
        super().__init__()
        self.trunk = (
            nn.Sequential(mlp([observation] + [hidden] * (depth - 1)), nn.ReLU()) if depth > 1 else nn.Identity()
        )
        width = hidden if depth > 1 else observation
        self.value, self.advantage = mlp([width, hidden, 1]), mlp([width, hidden, actions])

    def forward(self, obs: Float[Tensor, "b o"]) -> Float[Tensor, "b a"]:
        value, advantage = self.streams(obs)
        return value + advantage - advantage.mean(dim=1, keepdim=True)

    def streams(self, obs: Float[Tensor, "b o"]) -> tuple[Float[Tensor, "b 1"], Float[Tensor, "b a"]]:
        """The two streams before they are put together."""
        features = self.trunk(obs)
        return self.value(features), self.advantage(features)


@torch.no_grad()
def synchronize(target: nn.Module, online: nn.Module, rate: float = 1.0) -> None:
    r"""Bring the target network nearer, $\theta' \leftarrow (1 - \tau) \theta' + \tau \theta$: at a rate of 1, a copy.

    Buffers, such as running statistics, are copied. Raises ValueError if the rate is not in (0, 1].
    Mnih et al. 2015, https://doi.org/10.1038/nature14236; Lillicrap et al. 2016, https://arxiv.org/abs/1509.02971
    """
    if not 0 < rate <= 1:
        raise ValueError(f"the rate lies above 0 and at most at 1, not at {rate}")
    for old, new in zip(target.parameters(), online.parameters(), strict=True):
        old.lerp_(new, rate)
    for old, new in zip(target.buffers(), online.buffers(), strict=True):
        old.copy_(new)
