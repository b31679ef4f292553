"""What an agent lives through: one row for each step.

Axes: b transitions, o observation.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Shaped
from torch import Tensor


@dataclass
class Transitions:
    """Steps of one or several episodes. `terminated` and `truncated` are kept apart: they mean different things.

    `next_obs` is what was seen after the action, also where the episode ended there: never the first look at a new one.
    """

    obs: Shaped[Tensor, "b ..."]
    action: Shaped[Tensor, "b ..."]
    reward: Float[Tensor, " b"]
    next_obs: Shaped[Tensor, "b ..."]
    terminated: Bool[Tensor, " b"]  # the world says that it is over
    truncated: Bool[Tensor, " b"]  # the clock says so

    def __len__(self) -> int:
        return len(self.reward)

    def to(self, device: torch.device | str) -> "Transitions":
        """The same transitions on a device."""
        return Transitions(*(column.to(device) for column in vars(self).values()))

    def __getitem__(self, rows: Tensor | slice) -> "Transitions":
        return Transitions(*(column[rows] for column in vars(self).values()))
