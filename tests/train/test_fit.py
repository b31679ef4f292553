from itertools import pairwise

import pytest
import torch
from torch import nn

from labkit.train.fit import fit
from labkit.train.schedules import linear


class Ear:
    def __init__(self):
        self.heard, self.closed = [], 0

    def __call__(self, step, **values):
        self.heard.append((step, values))

    def close(self):
        self.closed += 1


def regression():
    model = nn.Linear(2, 1)
    x = torch.randn(32, 2)
    y = x @ torch.tensor([[2.0], [-1.0]]) + 0.5
    return model, lambda rows: (model(x[rows]) - y[rows]).square().mean(), [torch.arange(16), torch.arange(16, 32)]


def test_fits_a_line_and_tells_of_it():
    model, loss, batches = regression()
    ear = Ear()
    history = fit(
        loss,
        batches,
        torch.optim.Adam(model.parameters(), 0.1),
        200,
        score=lambda: {"bias": model.bias.item()},
        report=ear,
    )
    torch.testing.assert_close(model.weight, torch.tensor([[2.0, -1.0]]), atol=1e-2, rtol=0)
    assert len(history.losses) == 200
    assert [step for step, _ in history.scores["bias"]] == list(range(20, 201, 20))
    assert [step for step, _ in ear.heard] == list(range(1, 201))
    assert ear.heard[0][1] == {"loss": history.losses[0]}
    assert ear.heard[-1][1] == {"loss": history.losses[-1], "bias": model.bias.item()}
    assert ear.closed == 1
    assert history.seconds > 0


def test_is_the_loop_one_would_write():
    model, loss, batches = regression()
    twin = nn.Linear(2, 1)
    twin.load_state_dict(model.state_dict())
    fit(loss, batches, torch.optim.SGD(model.parameters(), 0.1), 3, linear(1, 4), clip=0.5)
    optimizer, x, y = torch.optim.SGD(twin.parameters(), 0.1), *pairs(loss)
    for step, rate in enumerate([1.0, 2 / 3, 1 / 3]):
        rows = batches[step % 2]
        optimizer.param_groups[0]["lr"] = 0.1 * rate
        optimizer.zero_grad()
        (twin(x[rows]) - y[rows]).square().mean().backward()
        nn.utils.clip_grad_norm_(twin.parameters(), 0.5)
        optimizer.step()
    torch.testing.assert_close(model.state_dict(), twin.state_dict())


def pairs(loss):
    cells = dict(zip(loss.__code__.co_freevars, (cell.cell_contents for cell in loss.__closure__), strict=True))
    return cells["x"], cells["y"]


def test_a_score_at_the_last_step_even_when_steps_do_not_divide():
    model, loss, batches = regression()
    history = fit(loss, batches, torch.optim.SGD(model.parameters(), 0.1), 25, score=lambda: {"one": 1.0})
    assert history.scores["one"][-1] == (25, 1.0)


def test_a_report_may_stop_the_training():
    model, loss, batches = regression()

    class Impatient(Ear):
        def __call__(self, step, **values):
            super().__call__(step, **values)
            return step == 7

    history = fit(loss, batches, torch.optim.SGD(model.parameters(), 0.1), 20, report=(ear := Impatient()))
    assert len(history.losses) == len(ear.heard) == 7
    assert ear.closed == 1
    assert history.seconds > 0


def test_a_loss_that_is_not_finite_stops_before_it_harms():
    model, _, batches = regression()
    before, ear = model.weight.detach().clone(), Ear()
    with pytest.raises(FloatingPointError, match="the loss is nan at step 1"):
        fit(
            lambda rows: model.weight.sum() * torch.nan,
            batches,
            torch.optim.SGD(model.parameters(), 1.0),
            5,
            report=ear,
        )
    torch.testing.assert_close(model.weight.detach(), before)
    assert ear.closed == 1


def test_no_batches_is_an_error():
    model, loss, _ = regression()
    with pytest.raises(ValueError, match="no batches"):
        fit(loss, [], torch.optim.SGD(model.parameters(), 0.1), 5)


@pytest.mark.parametrize("steps", [7, 10, 13, 19, 100, 199])
def test_scores_come_ten_times_and_the_last_at_the_end(steps):
    model, loss, batches = regression()
    history = fit(loss, batches, torch.optim.SGD(model.parameters(), 0.01), steps, score=lambda: {"n": 0.0})
    at = [step for step, _ in history.scores["n"]]
    assert len(at) == min(steps, 10)
    assert at[-1] == steps
    gaps = {b - a for a, b in pairwise(at)}
    assert max(gaps) - min(gaps) <= 1
