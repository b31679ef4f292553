import copy

import pytest
import torch
from torch import nn

from labkit.rl.q_network import DuelingQNetwork, QNetwork, Scale, synchronize


def test_layers_are_as_wide_and_as_many_as_asked():
    sizes = [
        tuple(layer.weight.shape) for layer in QNetwork(4, 3, hidden=7, depth=3).layers if isinstance(layer, nn.Linear)
    ]
    assert sizes == [(7, 4), (7, 7), (7, 7), (3, 7)]


def test_is_the_network_it_says():
    net, obs = QNetwork(4, 2, hidden=8, depth=1), torch.randn(5, 4)
    first, _, last = net.layers
    torch.testing.assert_close(net(obs), (obs @ first.weight.T + first.bias).clamp(min=0) @ last.weight.T + last.bias)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_dueling_adds_value_and_centered_advantage(depth):
    net, obs = DuelingQNetwork(4, 3, hidden=8, depth=depth).double(), torch.randn(6, 4, dtype=torch.float64)
    value, advantage = net.streams(obs)
    together = net(obs)
    torch.testing.assert_close(together.mean(dim=1, keepdim=True), value)
    torch.testing.assert_close(together - value, advantage - advantage.mean(dim=1, keepdim=True))
    assert value.std() > 0 < advantage.std()


def test_dueling_does_not_see_what_all_advantages_have_in_common():
    net, obs = DuelingQNetwork(4, 3, hidden=8), torch.randn(6, 4)
    before = net(obs)
    with torch.no_grad():
        net.advantage[-1].bias += 5.0
    torch.testing.assert_close(net(obs), before, atol=1e-5, rtol=1e-5)
    with torch.no_grad():
        net.value[-1].bias += 5.0
    torch.testing.assert_close(net(obs), before + 5.0, atol=1e-5, rtol=1e-5)


def test_what_one_action_teaches_of_the_state_helps_the_others():
    """One step on one action moves the value stream, so that the other actions rise as well."""
    net, obs = DuelingQNetwork(4, 3, hidden=16), torch.randn(1, 4)
    net(obs)[0, 0].backward()
    assert net.value[-1].bias.grad.item() == pytest.approx(1.0)
    torch.testing.assert_close(net.advantage[-1].bias.grad, torch.tensor([2 / 3, -1 / 3, -1 / 3]))


def test_scaling_divides_entry_by_entry():
    assert Scale([2.0, 0.5])(torch.tensor([[2.0, 2.0], [-4.0, 0.0]])).tolist() == [[1.0, 4.0], [-2.0, 0.0]]
    for units in ([], [1.0, 0.0]):
        with pytest.raises(ValueError, match="units are positive"):
            Scale(units)


class WithStatistics(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(3)


@pytest.mark.parametrize("rate", [0.25, 1.0])
def test_the_target_network_comes_nearer(rate):
    online, target = QNetwork(4, 2), QNetwork(4, 2)
    before = copy.deepcopy(target)
    synchronize(target, online, rate)
    for new, old, to in zip(target.parameters(), before.parameters(), online.parameters(), strict=True):
        torch.testing.assert_close(new, (1 - rate) * old + rate * to)
        assert new.data_ptr() != to.data_ptr(), "a copy, not the same weights"


def test_running_statistics_are_copied():
    online, target = WithStatistics(), WithStatistics()
    online.norm(torch.randn(20, 3))
    synchronize(target, online, 0.1)
    torch.testing.assert_close(target.norm.running_mean, online.norm.running_mean)


@pytest.mark.parametrize("rate", [0.0, 1.5])
def test_a_rate_that_is_none_is_refused(rate):
    with pytest.raises(ValueError, match="above 0 and at most at 1"):
        synchronize(QNetwork(4, 2), QNetwork(4, 2), rate)
