import torch
import torch.nn.functional as F
from torch import nn

from labkit.gan.gan import GAN, play
from labkit.gan.losses import MINIMAX, NON_SATURATING
from labkit.gan.plane import PointCritic, directions, perceptron, snapshots
from labkit.gan.wgan import WASSERSTEIN


class Slope(nn.Module):
    """Scores that rise to the upper right: x + 10 y."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.tensor([1.0, 10.0]))

    def forward(self, points):
        return points @ self.weight


def test_a_snapshot_shows_rows_from_below_and_columns_from_the_left():
    snapshot = snapshots(GAN(nn.Linear(2, 2), Slope(), 2), count=5, side=3, reach=2.0)()
    assert snapshot.field.tolist() == [[-22, -20, -18], [-2, 0, 2], [18, 20, 22]]
    assert snapshot.samples.shape == (5, 2)
    assert not snapshot.samples.requires_grad
    assert not snapshot.field.requires_grad


def test_every_snapshot_looks_at_the_same_noise():
    gan = GAN(perceptron(3, 2, 8, 1), PointCritic(2, 8, 1), 3)
    take = snapshots(gan, draw=torch.Generator().manual_seed(0))
    one = take()
    torch.randn(100)
    assert torch.equal(one.samples, take().samples)
    again = snapshots(gan, draw=torch.Generator().manual_seed(0))
    assert torch.equal(one.samples, again().samples)


def test_directions_are_those_of_each_sample_alone():
    points = torch.randn(6, 2)
    scores = Slope()(points).detach()
    slopes = {WASSERSTEIN: torch.ones(6), MINIMAX: scores.sigmoid(), NON_SATURATING: 1 - scores.sigmoid()}
    for losses, slope in slopes.items():
        found = directions(GAN(nn.Linear(2, 2), Slope(), 2, losses), points)
        torch.testing.assert_close(found, slope[:, None] * torch.tensor([1.0, 10.0]))
    with torch.no_grad():
        assert directions(GAN(nn.Linear(2, 2), Slope(), 2, WASSERSTEIN), points).shape == (6, 2)


def test_a_step_along_the_directions_lowers_the_loss():
    gan, points = GAN(nn.Linear(2, 2), PointCritic(2, 16), 2), torch.randn(50, 2)
    before = F.softplus(-gan.discriminator(points))
    after = F.softplus(-gan.discriminator(points + 1e-2 * directions(gan, points)))
    assert (after < before).float().mean() > 0.95


def test_players_have_the_sizes_asked_for():
    network = perceptron(3, 2, hidden=7, depth=3)
    assert [layer.out_features for layer in network if isinstance(layer, nn.Linear)] == [7, 7, 7, 2]
    assert not isinstance(network[-1], nn.ReLU)
    assert PointCritic(2, 8, 1)(torch.zeros(4, 5, 2)).shape == (4, 5)


def test_a_report_that_says_stop_stops_the_game():
    class Stop:
        closed = False

        def __call__(self, step, **values):
            return step == 3

        def close(self):
            self.closed = True

    gan, stop = GAN(perceptron(2, 2, 8), PointCritic(2, 8), 2), Stop()
    rates = tuple(torch.optim.SGD(player.parameters(), 0.01) for player in (gan.generator, gan.discriminator))
    match = play(gan, [torch.randn(4, 2)], rates, 10, record=lambda: "seen", at=(0, 3, 4), report=stop)
    assert len(match.scores["generator_loss"]) == 3
    assert [step for step, _ in match.recorded] == [0, 3]
    assert stop.closed
