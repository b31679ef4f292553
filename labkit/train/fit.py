"""The training loop for one loss and one optimizer."""

import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from labkit.train.schedules import Schedule, apply


@runtime_checkable
class Report(Protocol):
    """Whoever follows: called after each step with what was measured, and closed at the end. True means: stop here."""

    def __call__(self, step: int, **values: float) -> bool | None: ...

    def close(self) -> None: ...


@dataclass
class History:
    """What a training run measured: the loss of each step, scores as (step, value), and the seconds it took."""

    losses: list[float] = field(default_factory=list)
    scores: dict[str, list[tuple[int, float]]] = field(default_factory=dict)
    seconds: float = 0.0

    def note(self, step: int, values: dict[str, float]) -> None:
        """Keep what one step measured."""
        for name, value in values.items():
            if name == "loss":
                self.losses.append(value)
            else:
                self.scores.setdefault(name, []).append((step, value))


def fit(
    loss: Callable[[Any], Tensor],
    batches: Iterable[Any],
    optimizer: torch.optim.Optimizer,
    steps: int,
    schedule: Schedule | None = None,
    clip: float | None = None,
    score: Callable[[], dict[str, float]] | None = None,
    report: Report | None = None,
) -> History:
    """Take `steps` gradient steps on `loss(batch)`, going round `batches` as often as it takes.

    `schedule` multiplies the learning rate, `clip` bounds the gradient's norm, `score()` is called after each tenth,
    `report` hears all, may stop. Raises FloatingPointError if the loss is not finite, ValueError if no batch.
    """
    history, start, source = History(), time.perf_counter(), _forever(batches)
    scheduler = None if schedule is None else apply(schedule, optimizer)
    try:
        for step in range(1, steps + 1):
            values = {"loss": _step(loss(next(source)), optimizer, scheduler, clip, step)}
            if score is not None and 10 * step % steps < 10:  # the first step of a tenth
                values |= score()
            history.note(step, values)
            if report is not None and report(step, **values):
                break
    finally:
        if report is not None:
            report.close()
    history.seconds = time.perf_counter() - start
    return history


def _step(loss: Tensor, optimizer: torch.optim.Optimizer, scheduler: Any, clip: float | None, step: int) -> float:
    value = loss.item()
    if not math.isfinite(value):
        raise FloatingPointError(f"the loss is {value} at step {step}: a smaller learning rate, or clipping, may help")
    optimizer.zero_grad()
    loss.backward()
    if clip is not None:
        nn.utils.clip_grad_norm_([p for group in optimizer.param_groups for p in group["params"]], clip)
    optimizer.step()
    if scheduler is not None:
        scheduler.step()
    return value


def _forever(batches: Iterable[Any]) -> Iterator[Any]:
    while True:
        batch = None
        for batch in batches:
            yield batch
        if batch is None:
            raise ValueError("there are no batches to train on")
