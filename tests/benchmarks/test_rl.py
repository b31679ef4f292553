"""DQN beside Stable-Baselines3's at the same configuration: the gradient step, and playing and learning together."""

import copy

import pytest
import torch

from benchmarks.timing import ratio
from labkit.rl.dqn import collect, update
from labkit.rl.environments import Environments
from labkit.rl.q_network import QNetwork, synchronize
from labkit.rl.replay import ReplayBuffer
from peers.rl import random_batch, sb3_dqn

pytestmark = pytest.mark.benchmark
COPIES, STEPS, PERIOD = 8, 100, 20
SIZES = {"lecture": (128, 64), "theirs": (64, 32)}  # hidden width and batch; `theirs` are their defaults


def learner(hidden: int):
    online = QNetwork(4, 2, hidden)
    return online, copy.deepcopy(online), torch.optim.Adam(online.parameters(), lr=5e-4)


@pytest.mark.parametrize("size", SIZES)
def test_gradient_step(size, record_property):
    """Sampling from the memory, loss, gradient, clipping and Adam's step."""
    hidden, batch = SIZES[size]
    online, target, optimizer = learner(hidden)
    peer = sb3_dqn(online, target, learning_rate=5e-4, batch_size=batch, buffer_size=10_000)
    memory, kept = ReplayBuffer(10_000), random_batch(5000)
    memory.add(kept)
    columns = [column.numpy() for column in vars(kept).values()]
    for obs, action, reward, next_obs, terminated, _ in zip(*columns, strict=True):
        peer.replay_buffer.add(obs[None], next_obs[None], action[None, None], reward[None], terminated[None], [{}])

    def ours():
        for _ in range(20):
            update(online, target, memory.sample(batch), optimizer)

    found = ratio(ours, lambda: peer.train(gradient_steps=20, batch_size=batch))
    record_property("ratio", found)
    print(f"\nDQN gradient step, {size} size, beside Stable-Baselines3: ratio {found:.2f}")
    assert found <= 1.0


@pytest.mark.parametrize("size", SIZES)
def test_playing_and_learning(size, record_property):
    """Steps of eight carts, each followed by a gradient step: seconds for the same number of steps."""
    from stable_baselines3.common.env_util import make_vec_env

    hidden, batch = SIZES[size]
    online, target, optimizer = learner(hidden)
    peer = sb3_dqn(
        online,
        target,
        make_vec_env("CartPole-v1", COPIES, seed=0),
        learning_rate=5e-4,
        batch_size=batch,
        buffer_size=100_000,
        learning_starts=0,
        train_freq=1,
        gradient_steps=1,
        target_update_interval=PERIOD * COPIES,
        exploration_initial_eps=0.1,
        exploration_final_eps=0.1,
    )
    envs, memory = Environments("CartPole-v1", COPIES), ReplayBuffer(100_000)

    def ours():
        for step in range(STEPS):
            memory.add(collect(envs, online, epsilon=0.1))
            update(online, target, memory.sample(batch), optimizer)
            if step % PERIOD == 0:
                synchronize(target, online)

    found = ratio(ours, lambda: peer.learn(STEPS * COPIES, reset_num_timesteps=False), rounds=10)
    record_property("ratio", found)
    print(f"\nDQN playing and learning, {size} size, beside Stable-Baselines3: ratio {found:.2f}")
    assert found <= 1.0
