import pytest
import torch

from labkit.rl.dynamic_programming import expected_return, policy_iteration, value_iteration
from labkit.rl.exploration import epsilon_greedy
from labkit.rl.grid_world import grid_world
from labkit.rl.tabular import Learner, QLearning, Sarsa, constant, falling

SMALL = ["...", "SCG"]
ICE = grid_world(["SS", "SG"], slip=0.5, rewards={"G": 1.0}, step_reward=-0.1)  # begins anywhere


def error(learner: Learner, truth: torch.Tensor) -> torch.Tensor:
    """The largest error of the values of each run, over the states in which one can be."""
    return (learner.table - truth).abs()[:, learner.world.may_stand].amax(dim=(1, 2))


def test_q_learning_reaches_the_optimal_values():
    """With Robbins and Monro's rates, and every action tried without end (epsilon 1): ever nearer, without bias."""
    truth, errors = value_iteration(ICE, 0.5), []
    learner = QLearning(ICE, 0.5, epsilon=1.0, rate=falling(0.9), runs=100)
    for steps in (300, 2100):
        learner.learn(steps)
        errors.append(error(learner, truth).mean().item())
    assert errors[1] < 0.5 * errors[0], "eight times the steps in all"
    torch.testing.assert_close(learner.table.mean(0)[ICE.may_stand], truth[ICE.may_stand], atol=0.02, rtol=0)


def test_where_nothing_is_left_to_chance_q_learning_is_exact():
    """At a rate of 1 every visit copies the Bellman equation: after enough visits, all hold."""
    world = grid_world(SMALL, rewards={"C": -10.0})
    learner = QLearning(world, 1.0, epsilon=0.5, rate=constant(1.0), runs=5)
    learner.learn(1500)
    truth = value_iteration(world, 1.0)[world.may_stand].expand(5, -1, -1)
    torch.testing.assert_close(learner.table[:, world.may_stand], truth)


def test_q_learning_learns_of_the_best_policy_while_doing_anything():
    world = grid_world(SMALL, rewards={"C": -10.0})
    learner = QLearning(world, 0.9, epsilon=1.0, rate=constant(1.0), runs=3)
    learner.learn(1500)
    assert error(learner, value_iteration(world, 0.9)).max().item() < 1e-9


def test_sarsa_reaches_the_values_of_what_it_does():
    """With epsilon fixed at 0.4: those of the best policy that explores so, which are not the optimal ones."""
    learner = Sarsa(ICE, 0.5, epsilon=0.4, rate=falling(0.9), runs=200)
    learner.learn(2000)
    exploring, optimal = policy_iteration(ICE, 0.5, epsilon=0.4)[1], value_iteration(ICE, 0.5)
    assert (exploring - optimal)[ICE.may_stand].abs().max() > 0.05
    torch.testing.assert_close(learner.table.mean(0)[ICE.may_stand], exploring[ICE.may_stand], atol=0.02, rtol=0)


def test_with_nothing_but_exploration_sarsa_evaluates_the_random_policy():
    learner = Sarsa(ICE, 0.5, epsilon=1.0, rate=falling(0.9), runs=200)
    learner.learn(1500)
    truth = policy_iteration(ICE, 0.5, epsilon=1.0)[1]
    assert (truth - value_iteration(ICE, 0.5))[ICE.may_stand].abs().max() > 0.1
    torch.testing.assert_close(learner.table.mean(0)[ICE.may_stand], truth[ICE.may_stand], atol=0.02, rtol=0)


def late(learner: Learner, episodes: int) -> float:
    """What the last episodes of each run earned on average."""
    return torch.tensor([returns[-episodes:] for returns in learner.returns]).mean().item()


def test_at_the_cliff_q_learning_dares_and_sarsa_takes_care():
    """Along the edge it is shortest, and a slip of exploration falls. Both are held against the exact answers."""
    world = grid_world(["......", "......", "......", "SCCCCG"], rewards={"C": -100.0})
    daring, careful = (kind(world, 1.0, epsilon=0.1, rate=constant(0.5), runs=40) for kind in (QLearning, Sarsa))
    daring.learn(2500), careful.learn(2500)
    of_the_best = expected_return(world, epsilon_greedy(value_iteration(world, 1.0).round(decimals=8), 0.1), 1.0)
    assert late(daring, 50) == pytest.approx(of_the_best, abs=3), "it does what is best, but for its exploration"
    assert late(careful, 50) > late(daring, 50) + 1
    along_the_edge = [learner.visits[:, 13:17, 1].double().mean().item() for learner in (daring, careful)]
    assert along_the_edge[0] > 2 * along_the_edge[1]


@pytest.mark.parametrize("kind", [QLearning, Sarsa])
def test_a_truncated_episode_still_has_a_future(kind):
    """A corridor that nobody leaves, -1 for each step: worth -10 at a discount of 0.9, whenever the clock cuts."""
    world = grid_world(["S"])
    learner = kind(world, 0.9, epsilon=1.0, rate=constant(0.5), runs=2, limit=3)
    learner.learn(900)
    torch.testing.assert_close(learner.table, torch.full_like(learner.table, -10.0), atol=0.02, rtol=0)
    assert learner.returns == [[-3.0] * 300] * 2


@pytest.mark.parametrize("kind", [QLearning, Sarsa])
def test_a_terminated_episode_has_none(kind):
    """All four ways lead to the end: the value is the reward, although the table says 100 for what comes after."""
    world = grid_world(["#G#", "GSG", "#G#"], rewards={"G": 2.0})
    learner = kind(world, 0.9, epsilon=1.0, rate=constant(1.0))
    learner.table[:, ~world.may_stand] = 100.0
    learner.learn(40)
    assert learner.table[0, 4].tolist() == [2.0] * 4


def test_what_the_world_ends_the_clock_does_not_cut():
    seen = []

    class Watched(QLearning):
        def target(self, reward, next_state, terminated, truncated):
            seen.append((bool(terminated), bool(truncated)))
            return super().target(reward, next_state, terminated, truncated)

    Watched(grid_world(["#G#", "GSG", "#G#"]), 0.9, limit=1).learn(3)
    Watched(grid_world(["S"]), 0.9, limit=2).learn(2)
    assert seen == [(True, False)] * 3 + [(False, False), (False, True)]


def test_sarsa_takes_the_action_it_counted_on():
    learner = Sarsa(ICE, 0.8, epsilon=0.5, rate=constant(0.3))
    for _ in range(200):
        before, counted = learner.table.clone(), learner.next_action
        state, visits = int(learner.state), learner.visits.clone()
        learner.learn(1)
        run, at, action = (learner.visits - visits).nonzero()[0].tolist()
        assert at == state
        assert counted is None or action == int(counted)
        changed = (learner.table != before).nonzero().tolist()
        assert changed in ([], [[run, at, action]])


def test_runs_are_independent_and_a_seed_fixes_them():
    learner, same, other = (QLearning(ICE, 0.8, runs=4, seed=seed) for seed in (3, 3, 4))
    for each in (learner, same, other):
        each.learn(100)
    torch.testing.assert_close(learner.table, same.table, atol=0, rtol=0)
    assert not torch.equal(learner.table, other.table)
    assert not torch.equal(learner.table[0], learner.table[1])


def test_learning_in_pieces_is_learning():
    whole, pieces = (Sarsa(ICE, 0.8, runs=3) for _ in range(2))
    whole.learn(60)
    for _ in range(6):
        pieces.learn(10)
    torch.testing.assert_close(whole.table, pieces.table, atol=0, rtol=0)
    assert whole.returns == pieces.returns


def test_rates():
    visits = torch.tensor([1, 2, 100])
    torch.testing.assert_close(falling(1.0)(visits), torch.tensor([1.0, 0.5, 0.01], dtype=torch.float64))
    torch.testing.assert_close(constant(0.3)(visits), torch.full((3,), 0.3, dtype=torch.float64))
    with pytest.raises(ValueError, match=r"above 1/2 and at most at 1, not at 0\.5"):
        falling(0.5)
    with pytest.raises(ValueError, match=r"not at 0\.0"):
        constant(0.0)
    with pytest.raises(ValueError, match="at least one run"):
        QLearning(ICE, 0.9, runs=0)
