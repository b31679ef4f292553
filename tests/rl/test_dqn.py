import copy

import pytest
import torch
from torch import nn

from labkit.rl.dqn import collect, double_dqn_target, dqn_loss, dqn_target, update
from labkit.rl.environments import Environments
from labkit.rl.q_network import QNetwork, synchronize
from labkit.rl.targets import bellman_target
from labkit.rl.transitions import Transitions
from peers.rl import random_batch, sb3_dqn, sb3_samples


def networks():
    """Two networks with different weights, and values far from zero."""
    online, target = QNetwork(4, 2), QNetwork(4, 2)
    for net in (online, target):
        nn.init.normal_(net.layers[-1].weight)
    return online, target


def gradients(module: nn.Module) -> list[torch.Tensor]:
    return [parameter.grad.clone() for parameter in module.parameters()]


def test_update_matches_stable_baselines3():
    """Loss, clipped gradients and parameters after each of three steps, with soft updates between; copied weights."""
    from stable_baselines3.common.utils import polyak_update

    online, target = networks()
    peer = sb3_dqn(online, target, learning_rate=1e-3, gamma=0.97, max_grad_norm=0.5)
    optimizer = torch.optim.Adam(online.parameters(), lr=1e-3)
    for seed in range(3):
        batch = random_batch(32, seed)
        peer.replay_buffer.sample = lambda *_, batch=batch, **__: sb3_samples(batch)
        loss = update(online, target, batch, optimizer, discount=0.97, clip=0.5)
        peer.train(gradient_steps=1, batch_size=32)
        assert loss == pytest.approx(peer.logger.name_to_value["train/loss"], rel=1e-5)
        torch.testing.assert_close(gradients(online), gradients(peer.q_net))
        torch.testing.assert_close(list(online.parameters()), list(peer.q_net.parameters()))
        synchronize(target, online, 0.1)
        polyak_update(peer.q_net.parameters(), peer.q_net_target.parameters(), 0.1)
        torch.testing.assert_close(list(target.parameters()), list(peer.q_net_target.parameters()))


def test_truncation_is_to_stable_baselines3_what_it_is_to_us():
    online, target = networks()
    batch = random_batch(32)
    theirs = sb3_samples(batch)
    assert theirs.dones[:, 0].bool().tolist() == batch.terminated.tolist(), (
        "a truncated step is not done for them either"
    )
    ahead = target(batch.next_obs).max(dim=1).values
    ours = dqn_target(online, target, batch, 0.9)
    torch.testing.assert_close(ours, theirs.rewards[:, 0] + (1 - theirs.dones[:, 0]) * 0.9 * ahead)
    assert (batch.truncated & ~batch.terminated).any()


def test_double_target_row_by_row():
    online, target = (net.double() for net in networks())
    batch = random_batch(16)
    batch = Transitions(*(x.double() if x.is_floating_point() else x for x in vars(batch).values()))
    found = double_dqn_target(online, target, batch, 0.9)
    differ = 0
    for i in range(16):
        chosen = int(online(batch.next_obs[i : i + 1])[0].argmax())
        values = target(batch.next_obs[i : i + 1])[0]
        differ += int(values.argmax()) != chosen
        expected = batch.reward[i] + (0.0 if batch.terminated[i] else 0.9 * values[chosen])
        torch.testing.assert_close(found[i], expected)
    assert differ > 0, "else this would be plain DQN"
    assert (found <= dqn_target(online, target, batch, 0.9)).all(), "no choice beats the target network's own best"


def test_only_the_action_taken_learns_and_no_gradient_passes_the_target():
    values = nn.Parameter(torch.zeros(1, 2, dtype=torch.float64))

    class Same(nn.Module):
        def forward(self, obs):
            return values.expand(len(obs), 2) * obs[:, :1]

    one = torch.ones(1, 1, dtype=torch.float64)
    off = torch.tensor([False])
    batch = Transitions(one, torch.tensor([1]), torch.tensor([0.5], dtype=torch.float64), 2 * one, off, off)
    dqn_loss(Same(), Same(), batch, discount=0.9).backward()
    torch.testing.assert_close(values.grad, torch.tensor([[0.0, -0.5]], dtype=torch.float64))


def test_an_error_beyond_one_pulls_no_harder():
    online, target = networks()
    batch = random_batch(1)
    batch.terminated[:] = True
    pulls = []
    for reward in (100.0, 1000.0):
        batch.reward[:] = reward
        online.zero_grad()
        dqn_loss(online, target, batch).backward()
        pulls.append(torch.cat([g.flatten() for g in gradients(online)]))
    torch.testing.assert_close(*pulls)


def test_the_target_network_is_left_alone_by_an_update():
    online, target = networks()
    before = copy.deepcopy(target.state_dict())
    update(online, target, random_batch(8), torch.optim.SGD(online.parameters(), 0.1))
    torch.testing.assert_close(target.state_dict(), before, atol=0, rtol=0)
    assert all(parameter.grad is None for parameter in target.parameters())


def test_another_aim_can_be_passed():
    online, target = networks()
    batch = random_batch(8)

    def own(online, target, batch, discount):
        ahead = (online(batch.next_obs) + target(batch.next_obs)) / 2
        return bellman_target(batch.reward, ahead, batch.terminated, batch.truncated, discount)

    losses = {dqn_loss(online, target, batch, aim=aim).item() for aim in (dqn_target, double_dqn_target, own)}
    assert len(losses) == 3


def test_a_loss_that_is_not_finite_is_an_error():
    online, target = networks()
    batch = random_batch(4)
    batch.reward[0] = torch.nan
    before = copy.deepcopy(online.state_dict())
    with pytest.raises(FloatingPointError, match="the loss is nan"):
        update(online, target, batch, torch.optim.SGD(online.parameters(), 0.1))
    torch.testing.assert_close(online.state_dict(), before, atol=0, rtol=0)


def test_collect_plays_greedily_where_epsilon_is_zero():
    class Right(nn.Module):
        def __init__(self):
            super().__init__()
            self.bias = nn.Parameter(torch.tensor([0.0, 1.0]))

        def forward(self, obs):
            return self.bias.expand(len(obs), 2)

    greedy = collect(Environments("CartPole-v1", 50), Right(), 0.0, torch.Generator().manual_seed(0))
    assert greedy.action.tolist() == [1] * 50
    explored = collect(Environments("CartPole-v1", 2000), Right(), 0.5, torch.Generator().manual_seed(0))
    assert explored.action.float().mean().item() == pytest.approx(0.75, abs=0.04)


def test_learns_the_values_of_a_chain():
    """Three states in a row, with a step of reward 1 to the end: values 0.81, 0.9 and 1 at a discount of 0.9."""
    torch.manual_seed(0)
    online = QNetwork(3, 2, hidden=32, depth=1)
    target, eye = copy.deepcopy(online), torch.eye(3)
    state, action = torch.arange(3).repeat_interleave(2), torch.arange(2).repeat(3)
    ahead = (state + action).clamp(max=2)  # action 0 stays, action 1 goes on
    terminated = (state == 2) & (action == 1)
    batch = Transitions(
        eye[state], action, terminated.float(), eye[ahead], terminated, torch.zeros(6, dtype=torch.bool)
    )
    optimizer = torch.optim.Adam(online.parameters(), lr=1e-2)
    for step in range(300):
        update(online, target, batch, optimizer, discount=0.9)
        if step % 10 == 0:
            synchronize(target, online)
    expected = torch.tensor([[0.729, 0.81], [0.81, 0.9], [0.9, 1.0]])
    torch.testing.assert_close(online(eye).detach(), expected, atol=0.02, rtol=0)
