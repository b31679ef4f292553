import math

import pytest
import torch
from torch import nn

from labkit.foundations.early_stopping import EarlyStopping
from labkit.foundations.normalization import BatchNorm
from labkit.train.fit import fit


class Ear:
    def __init__(self, answer=None):
        self.heard, self.closed, self.answer = [], 0, answer

    def __call__(self, step, **values):
        self.heard.append((step, values))
        return self.answer

    def close(self):
        self.closed += 1


def trained(measured, patience=2, every=1, **options):
    """A model whose only weight is the number of the step, and a validation loss that is read off a list."""
    model, values = nn.Linear(1, 1, bias=False), iter(measured)
    nn.init.zeros_(model.weight)
    stopping = EarlyStopping(model, lambda: next(values), every, patience, **options)
    history = fit(lambda _: -model.weight.sum(), [0], torch.optim.SGD(model.parameters(), 1.0), 100, report=stopping)
    return model, stopping, history


def test_stops_after_patience_and_restores_the_best_weights():
    model, stopping, history = trained([5.0, 3.0, 4.0, 2.0, 2.5, 2.0, 9.0], patience=3)
    assert len(history.losses) == 7, "three measurements in a row were no better than the best"
    assert (stopping.best, stopping.best_step, stopping.stopped) == (2.0, 4, True)
    assert model.weight.item() == 4.0
    assert stopping.measured == list(enumerate([5.0, 3.0, 4.0, 2.0, 2.5, 2.0, 9.0], start=1))


def test_measures_every_so_often():
    model, stopping, history = trained([3.0, 2.0, 4.0, 4.0], every=5)
    assert [step for step, _ in stopping.measured] == [5, 10, 15, 20]
    assert len(history.losses) == 20
    assert model.weight.item() == 10.0


def test_a_small_improvement_is_none():
    model, stopping, _ = trained([1.0, 0.95, 0.91, 0.8, 0.79, 0.78], patience=2, tolerance=0.1)
    assert stopping.best_step == 1, "0.91 is better by 0.09 only"
    assert model.weight.item() == 1.0


def test_what_is_not_a_number_is_no_improvement():
    model, _, history = trained([math.nan, 2.0, math.nan, math.nan])
    assert len(history.losses) == 4
    assert model.weight.item() == 2.0


def test_without_a_stop_the_best_weights_come_back_too():
    values = [10.0 - step if step <= 60 else 20.0 for step in range(1, 101)]
    model, stopping, history = trained(values, patience=50)
    assert len(history.losses) == 100
    assert not stopping.stopped
    assert model.weight.item() == 60.0


def test_the_best_weights_come_back_when_training_breaks():
    model = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(model.weight)
    stopping = EarlyStopping(model, lambda: 1.0, every=1, patience=9)
    calls = iter([1.0, 1.0, math.nan])
    optimizer = torch.optim.SGD(model.parameters(), 1.0)
    with pytest.raises(FloatingPointError):
        fit(lambda _: -model.weight.sum() * next(calls), [0], optimizer, 9, report=stopping)
    assert model.weight.item() == 1.0


def test_buffers_are_restored_as_well():
    model = BatchNorm(1)
    values = iter([1.0, 2.0, 3.0])
    stopping = EarlyStopping(model, lambda: next(values), every=1, patience=2)
    for step in (1, 2, 3):
        model.running_mean.fill_(float(step))
        stopping(step)
    stopping.close()
    assert model.running_mean.item() == 1.0


def test_another_report_hears_everything_and_may_stop_too():
    ear = Ear()
    trained([3.0, 4.0, 5.0], report=ear)
    assert [values["validation_loss"] for _, values in ear.heard] == [3.0, 4.0, 5.0]
    assert ear.heard[1][1]["loss"] == -1.0
    assert ear.closed == 1
    _, stopping, history = trained([3.0, 4.0, 5.0], report=Ear(answer=True))
    assert len(history.losses) == 1
    assert not stopping.stopped


@pytest.mark.parametrize("wrong", [{"every": 0}, {"patience": 0}])
def test_counts_below_one_are_refused(wrong):
    with pytest.raises(ValueError, match="at least 1"):
        EarlyStopping(nn.Linear(1, 1), lambda: 0.0, **wrong)


@pytest.mark.parametrize("values", [[], [math.nan, math.nan]])
def test_without_a_measurement_that_counts_the_last_weights_stay(values):
    model, measured = nn.Linear(1, 1, bias=False), iter(values)
    stopping = EarlyStopping(model, lambda: next(measured), every=10, patience=9)
    optimizer = torch.optim.SGD(model.parameters(), 1.0)
    fit(lambda _: -model.weight.sum(), [0], optimizer, 10 * len(values) + 5, report=stopping)
    before = model.weight.item()
    stopping.close()
    assert model.weight.item() == before
    assert len(stopping.measured) == len(values)
