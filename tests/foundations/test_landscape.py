import pytest
import torch
from torch import nn
from torch.nn.utils import parameters_to_vector

from labkit.foundations.landscape import loss_grid, plane_of


def test_a_run_in_a_plane_is_drawn_exactly():
    """Snapshots that lie in a plane have coordinates from which they can be made again."""
    first, second = torch.linalg.qr(torch.randn(30, 2, dtype=torch.float64))[0].T
    where = torch.randn(8, 2, dtype=torch.float64)
    snapshots = 5 + where @ torch.stack([first, second])
    plane = plane_of(snapshots)
    assert plane.share == pytest.approx(1.0)
    torch.testing.assert_close(plane.directions @ plane.directions.T, torch.eye(2, dtype=torch.float64))
    for weights, (x, y) in zip(snapshots, plane.coordinates(snapshots).tolist(), strict=True):
        torch.testing.assert_close(plane.weights(x, y), weights)
    assert plane.coordinates(snapshots)[-1].abs().max() == 0


def test_the_plane_is_the_best_one():
    """No other of many planes through the end holds more of the run."""
    snapshots = torch.randn(12, 20, dtype=torch.float64).cumsum(dim=0)
    plane, way = plane_of(snapshots), snapshots - snapshots[-1]
    held = plane.coordinates(snapshots).square().sum()
    assert plane.share == pytest.approx((held / way.square().sum()).item())
    for _ in range(200):
        other = torch.linalg.qr(torch.randn(20, 2, dtype=torch.float64))[0]
        assert (way @ other).square().sum() <= held


def test_the_grid_holds_the_models_loss_and_leaves_the_model_alone():
    model = nn.Linear(3, 2)
    data, target = torch.randn(10, 3), torch.randn(10, 2)
    loss = lambda: (model(data) - target).square().mean()  # noqa: E731
    start = parameters_to_vector(model.parameters()).detach().clone()
    plane = plane_of(torch.stack([start + torch.randn(8) for _ in range(4)] + [start]))
    x, y = torch.linspace(-1, 1, 5), torch.linspace(-2, 2, 4)
    grid = loss_grid(model, loss, plane, x, y)
    assert torch.equal(parameters_to_vector(model.parameters()), start)
    at = plane.weights(x[1].item(), y[2].item())
    wanted = nn.functional.linear(data, at[:6].view(2, 3), at[6:])
    torch.testing.assert_close(grid[2, 1], (wanted - target).square().mean())
    assert grid.shape == (4, 5)


def test_too_few_snapshots_are_refused():
    with pytest.raises(ValueError, match="at least three snapshots of the weights, not 2"):
        plane_of(torch.randn(2, 5))


def test_batch_norm_looks_the_same_afterwards_and_at_every_point():
    model, x = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Linear(3, 1)), torch.randn(16, 2)
    plane = plane_of(torch.randn(5, parameters_to_vector(model.parameters()).numel()))
    before = [buffer.clone() for buffer in model.buffers()]

    def loss():
        model(x)  # in training mode: the running statistics move
        return model[1].running_mean.square().sum()

    grid = loss_grid(model, loss, plane, torch.zeros(3), torch.zeros(2))
    assert (grid == grid[0, 0]).all(), "one point, six times"
    for buffer, kept in zip(model.buffers(), before, strict=True):
        assert torch.equal(buffer, kept)
