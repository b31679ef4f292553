"""Sampling: from noise to a sample, with any kind of step and any number of steps.

Axes: b batch, s steps, f steps that are visited, ... the shape of one sample.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor

from labkit.diffusion.ddpm import Predict, clean_guess

Step = Callable[[Tensor, Tensor, Tensor, Tensor, Tensor], Tensor]  # (x, noise, now, then, fresh) -> x


@dataclass(frozen=True)
class Trajectory:
    """What was seen while sampling: at each of `times` the noisy sample and the guess of the clean one."""

    times: list[int]
    noisy: Float[Tensor, "f b ..."]
    guesses: Float[Tensor, "f b ..."]
    end: Float[Tensor, "b ..."]


def sample(
    predict: Predict,
    x: Float[Tensor, "b ..."],
    kept: Float[Tensor, " s"],
    times: Sequence[int],
    step: Step,
    clip: float | None = 1.0,
) -> Float[Tensor, "b ..."]:
    """Turn the noise x into samples, visiting the steps `times`, the noisiest first.

    `step` is `ddpm_step` or `ddim_step`. `clip` bounds the guessed clean sample: pixels from -1 to 1 have such a bound,
    latents have none (None). Raises ValueError if the times do not fall, or are not in the schedule.
    """
    return deque(walk(predict, x, kept, times, step, clip), maxlen=1).pop()[-1]


def trajectory(
    predict: Predict,
    x: Float[Tensor, "b ..."],
    kept: Float[Tensor, " s"],
    times: Sequence[int],
    step: Step,
    clip: float | None = 1.0,
) -> Trajectory:
    """Do the same, and keep everything on the way."""
    noisy, guesses, ends = zip(*walk(predict, x, kept, times, step, clip), strict=True)
    return Trajectory(list(times), torch.stack(noisy), torch.stack(guesses), ends[-1])


def walk(
    predict: Predict, x: Tensor, kept: Float[Tensor, " s"], times: Sequence[int], step: Step, clip: float | None
) -> Iterator[tuple[Tensor, Tensor, Tensor]]:
    """Yield at each step the noisy sample, the guess of the clean sample, and the next sample."""
    _check_times(times, len(kept))
    kept = kept.to(x.device)
    for place, time in enumerate(times):
        now = kept[time]
        then = kept[times[place + 1]] if place + 1 < len(times) else torch.ones_like(now)
        with torch.no_grad():
            noise = predict(x, torch.full((len(x),), time, device=x.device))
            noise, guess = _bounded(x, noise, now, clip)
            following = step(x, noise, now, then, torch.randn_like(x))
        yield x, guess, following
        x = following


def _bounded(x: Tensor, noise: Tensor, now: Tensor, clip: float | None) -> tuple[Tensor, Tensor]:
    """Return the noise and the guess of the clean sample, which `clip` limits; the two always agree."""
    guess = clean_guess(x, noise, now)
    if clip is None:
        return noise, guess
    guess = guess.clamp(-clip, clip)
    return (x - now.sqrt() * guess) / (1 - now).sqrt(), guess


def _check_times(times: Sequence[int], steps: int) -> None:
    falling = all(a > b for a, b in pairwise(times))
    if not times or not falling or not 0 <= times[-1] <= times[0] < steps:
        raise ValueError(
            f"times fall, and lie between 0 and {steps - 1}, but came as {list(times)[:5]}...: "
            "`timesteps(steps, count)` makes them"
        )
