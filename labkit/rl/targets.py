"""What a value should have been: the targets that value-based agents learn from.

Axes: b transitions, a actions.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor


def bellman_target(
    reward: Float[Tensor, " b"],
    next_values: Float[Tensor, "b a"],
    terminated: Bool[Tensor, " b"],
    truncated: Bool[Tensor, " b"],
    discount: float,
) -> Float[Tensor, " b"]:
    r"""The reward, and the discounted value of the best next action, unless the episode has terminated.

    $$y = r + \gamma \, (1 - \mathrm{terminated}) \, \max_{a'} Q(s', a')$$

    After termination nothing more can be earned. A truncated episode was only cut by a time limit: its last state has a
    value like any other, so `truncated` changes nothing here. Both are asked for, so that nobody mixes them up.
    Raises ValueError if the discount is not in [0, 1] or the flags are not as many as the rewards.
    Mnih et al. 2015, https://doi.org/10.1038/nature14236; Pardo et al. 2018, https://arxiv.org/abs/1712.00378
    """
    check_target(reward, next_values, terminated, truncated, discount)
    return reward + discount * next_values.max(dim=1).values.masked_fill(terminated, 0.0)


def double_target(
    reward: Float[Tensor, " b"],
    next_online: Float[Tensor, "b a"],
    next_target: Float[Tensor, "b a"],
    terminated: Bool[Tensor, " b"],
    truncated: Bool[Tensor, " b"],
    discount: float,
) -> Float[Tensor, " b"]:
    r"""As `bellman_target`, but one network chooses the next action, and the other one gives its value.

    $$y = r + \gamma \, (1 - \mathrm{terminated}) \, Q_{\mathrm{target}}\big(s', \arg\max_{a'}
    Q_{\mathrm{online}}(s', a')\big)$$

    A maximum picks the action that is overestimated most; the other network's value of it is biased less.
    Raises ValueError as `bellman_target` does. van Hasselt et al. 2016, https://arxiv.org/abs/1509.06461
    """
    check_target(reward, next_online, terminated, truncated, discount)
    if next_target.shape != next_online.shape:
        raise ValueError(
            f"both networks give values for the same states and actions, but came as {tuple(next_online.shape)} and "
            f"{tuple(next_target.shape)}"
        )
    chosen = next_online.argmax(dim=1, keepdim=True)  # b 1
    return reward + discount * next_target.gather(1, chosen)[:, 0].masked_fill(terminated, 0.0)


def check_target(reward: Tensor, values: Tensor, terminated: Tensor, truncated: Tensor, discount: float) -> None:
    """Raise ValueError where shapes, flags or the discount cannot be what they are called."""
    alike = reward.shape == terminated.shape == truncated.shape == values.shape[:1]
    if reward.ndim != 1 or values.ndim != 2 or not alike:
        shapes = [tuple(x.shape) for x in (reward, values, terminated, truncated)]
        raise ValueError(f"expected (b,), (b, actions), (b,), (b,) with one b, but got {shapes}: no broadcasting here")
    if terminated.dtype != torch.bool or truncated.dtype != torch.bool:
        raise ValueError(f"flags are bool, but came as {terminated.dtype} and {truncated.dtype}: compare, or .bool()")
    if not 0 <= discount <= 1:
        raise ValueError(f"a discount lies between 0 and 1, not at {discount}")
