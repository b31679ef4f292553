import gymnasium
import numpy as np
import pytest
import torch

from labkit.rl.environments import Environments
from labkit.rl.evaluation import discounted_returns, play, promised_and_earned


def lean(obs: torch.Tensor) -> torch.Tensor:
    """Push towards where the pole falls; promises ten for the better side."""
    return 10.0 * torch.stack([obs[:, 2] + obs[:, 3] < 0, obs[:, 2] + obs[:, 3] >= 0], dim=1)


def right(obs: torch.Tensor) -> torch.Tensor:
    return torch.tensor([0.0, 20.0]).expand(len(obs), 2)


def test_returns_by_hand():
    reward = torch.tensor([[1.0, 0.0], [2.0, 4.0], [3.0, 0.0]])
    torch.testing.assert_close(discounted_returns(reward, 0.5), torch.tensor([[2.75, 2.0], [3.5, 4.0], [3.0, 0.0]]))


def test_every_environment_plays_one_episode():
    played = play(right, "CartPole-v1", episodes=20, seed=3)
    lengths = played.going.sum(dim=0)
    assert (played.returns == lengths).all()
    assert 8 <= lengths.min() <= lengths.max() <= 11, "who always pushes right falls at once"
    assert len(played.going) == lengths.max()
    for n in range(20):
        last = played.obs[lengths[n] - 1, n]
        assert last[2].abs() < 0.2095
        assert (played.values[lengths[n] :, n] == 0).all()
        assert (played.action[: lengths[n], n] == 1).all()
    assert not played.truncated.any()


def test_a_better_agent_earns_more_and_a_seed_fixes_it():
    one, same, other = (play(lean, "CartPole-v1", episodes=10, seed=seed).returns for seed in (1, 1, 2))
    assert one.min() > 50
    torch.testing.assert_close(one, same, atol=0, rtol=0)
    assert not torch.equal(one, other)


def test_promised_and_earned_where_episodes_end():
    played = play(right, "CartPole-v1", episodes=5)
    promised, earned = promised_and_earned(played, 0.9)
    assert (promised == 20.0).all()
    lengths = played.going.sum(dim=0).tolist()
    left = [length - t for t in range(max(lengths)) for length in lengths if t < length]
    expected = torch.tensor([(1 - 0.9**steps) / 0.1 for steps in left])
    torch.testing.assert_close(earned, expected)


def test_what_the_clock_cut_off_is_left_out():
    played = play(lean, "CartPole-v1", episodes=4, max_episode_steps=40)
    assert played.truncated.all()
    promised, earned = promised_and_earned(played, 0.8, tolerance=0.01)  # 0.8^21 < 0.01 < 0.8^20
    assert len(promised) == 4 * 20
    torch.testing.assert_close(earned, torch.full((80,), 5.0), atol=0.05, rtol=0)
    with pytest.raises(ValueError, match="larger max_episode_steps"):
        promised_and_earned(played, 0.99, tolerance=0.01)


class Counting(gymnasium.Env):
    """Episodes of 1 to 3 steps that earn 1 each; every later one lasts a step, earns 100, and is cut by the clock."""

    observation_space = gymnasium.spaces.Box(-1, 9, (2,), dtype="float32")
    action_space = gymnasium.spaces.Discrete(2)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.first = seed is not None
        self.left = seed % 3 + 1 if self.first else 1
        return self._seen(), {}

    def step(self, action):
        self.left -= 1
        over = self.left == 0
        return self._seen(), 1.0 if self.first else 100.0, over and self.first, over and not self.first, {}

    def _seen(self):
        return np.array([self.left, self.first], dtype=np.float32)


def test_nothing_counts_after_the_end_of_an_episode():
    gymnasium.register("Counting-v0", Counting)
    try:
        played = play(right, "Counting-v0", episodes=6)
    finally:
        gymnasium.registry.pop("Counting-v0")
    lengths = played.obs[0, :, 0].long()
    assert sorted(lengths.tolist()) == [1, 1, 2, 2, 3, 3]
    assert torch.equal(played.going.sum(dim=0), lengths)
    assert played.returns.tolist() == lengths.tolist()
    assert not played.truncated.any()
    assert (played.values[~played.going] == 0).all()


def test_an_agent_is_tested_where_it_was_not_trained():
    trained_in = Environments("CartPole-v1", 8, seed=0).obs
    tested_in = play(right, "CartPole-v1", episodes=8, seed=0).obs[0]
    assert torch.cdist(trained_in, tested_in).min() > 1e-6
