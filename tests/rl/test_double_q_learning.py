import pytest
import torch

from labkit.rl.double_q_learning import DoubleQLearning
from labkit.rl.dynamic_programming import value_iteration
from labkit.rl.grid_world import GridWorld, grid_world
from labkit.rl.tabular import QLearning, constant, falling


def toss() -> GridWorld:
    """From cell 0 all actions lead to cell 1, and from there all to the end, for +1 or -1 by a coin: all worth 0."""
    shape, end = (3, 4, 2), torch.tensor([False, True, True])
    return GridWorld(
        map=("S.G",),
        probability=torch.full(shape, 0.5, dtype=torch.float64),
        next_state=torch.tensor([1, 2, 2])[:, None, None].expand(shape),
        outcome_reward=torch.tensor([[0.0, 0.0], [1.0, -1.0], [0.0, 0.0]], dtype=torch.float64)[:, None].expand(shape),
        ends=end[:, None, None].expand(shape),
        start=torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64),
        may_stand=~end,
    )


def test_the_best_of_several_guesses_is_an_overestimate_and_double_q_learning_has_none():
    """At a rate of 0.1 a mean of tosses has a spread of sqrt(0.1 / 1.9); the largest of four is 1.03 of it too high."""
    expected = 1.0294 * (0.1 / 1.9) ** 0.5
    promised = {}
    for kind in (QLearning, DoubleQLearning):
        learner = kind(toss(), 1.0, epsilon=1.0, rate=constant(0.1), runs=500)
        learner.learn(900)
        promised[kind] = learner.table[:, 0].mean().item()
    assert promised[QLearning] == pytest.approx(expected, abs=0.04)
    assert promised[DoubleQLearning] == pytest.approx(0.0, abs=0.02)


def test_one_table_learns_from_the_other():
    learner = DoubleQLearning(grid_world(["SG"], slip=0.3), 0.9, epsilon=0.5, rate=constant(0.5), runs=3)
    learner.learn(30)
    before, state = learner.tables.clone(), learner.state.clone()
    chosen = []
    step, learner.world = learner.world, Watched(learner.world, chosen)
    learner.learn(1)
    learner.world = step
    (action, to, reward, ends), coin = chosen[0], learner.coin
    for run in range(3):
        mine, other = before[coin[run], run], before[1 - coin[run], run]
        ahead = 0.0 if ends[run] else other[to[run], mine[to[run]].argmax()]
        target = reward[run] + 0.9 * ahead
        expected = before.clone()
        at = (coin[run], run, state[run], action[run])
        expected[at] = 0.5 * (before[at] + target)
        torch.testing.assert_close(learner.tables[:, run], expected[:, run])
    torch.testing.assert_close(learner.table, learner.tables.mean(dim=0))


class Watched:
    """A world that writes down what happens in it."""

    def __init__(self, world, seen):
        self.world, self.seen = world, seen

    def step(self, state, action, generator):
        found = self.world.step(state, action, generator)
        self.seen.append((action, *found))
        return found

    def begin(self, count, generator):
        return self.world.begin(count, generator)


def test_reaches_the_optimal_values():
    ice = grid_world(["SS", "SG"], slip=0.5, rewards={"G": 1.0}, step_reward=-0.1)
    learner, truth = DoubleQLearning(ice, 0.5, epsilon=1.0, rate=falling(0.9), runs=150), value_iteration(ice, 0.5)
    learner.learn(1500)
    torch.testing.assert_close(learner.table.mean(0)[ice.may_stand], truth[ice.may_stand], atol=0.04, rtol=0)
