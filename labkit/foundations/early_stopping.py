"""Early stopping: stop training when the validation loss no longer falls."""

import copy
import math
from collections.abc import Callable

from torch import nn

from labkit.train.fit import Report


class EarlyStopping:
    """Measure regularly, stop when there was no improvement for a while, and restore the best weights.

    Give it to `fit` as its report: `fit(..., report=EarlyStopping(model, measure, every=20, patience=5))`. Every
    `every` steps it calls `measure()`, a number of which less is better (a loss on validation data), and after
    `patience` measurements in a row without a new best (by more than `tolerance`) it stops the training. When training
    ends, for whatever reason, the model, its buffers too, is what it was at `best_step`. `report` hears everything,
    with the measurement as `validation_loss`. A measurement that is not a number is no improvement; without
    any improvement the model keeps its last weights.
    Raises ValueError where `every` or `patience` is less than 1.
    Prechelt 1998, https://doi.org/10.1007/3-540-49430-8_3
    """

    def __init__(
        self,
        model: nn.Module,
        measure: Callable[[], float],
        every: int = 10,
        patience: int = 5,
        tolerance: float = 0.0,
        report: Report | None = None,
    ):
        if every < 1 or patience < 1:
            raise ValueError(f"every and patience are counts of at least 1, not {every} and {patience}")
        self.model, self.measure, self.report = model, measure, report
        self.every, self.patience, self.tolerance = every, patience, tolerance
        self.measured: list[tuple[int, float]] = []
        self.best, self.best_step, self.stopped = math.inf, 0, False
        self._kept: dict | None = None  # until something was measured, the model is left as it is
        self._waited = 0

    def __call__(self, step: int, **values: float) -> bool:
        """Take note of a step; True means: stop."""
        if step % self.every == 0:
            values = values | {"validation_loss": self._look(step)}
        asked = self.report is not None and bool(self.report(step, **values))
        self.stopped = self._waited >= self.patience
        return self.stopped or asked

    def _look(self, step: int) -> float:
        value = float(self.measure())
        self.measured.append((step, value))
        if value < self.best - self.tolerance:
            self.best, self.best_step, self._waited = value, step, 0
            self._kept = copy.deepcopy(self.model.state_dict())
        else:
            self._waited += 1
        return value

    def close(self) -> None:
        """Restore the best weights; without a measurement that counts, leave the model as it is."""
        if self._kept is not None:
            self.model.load_state_dict(self._kept)
        if self.report is not None:
            self.report.close()
