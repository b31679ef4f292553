import pytest
import torch

from labkit.rl.dynamic_programming import (
    action_values,
    expected_return,
    policy_iteration,
    policy_values,
    value_iteration,
)
from labkit.rl.exploration import epsilon_greedy
from labkit.rl.grid_world import cliff_walking, frozen_lake, grid_world

WORLDS = {
    "lake": (frozen_lake(), 0.95),
    "cliff": (cliff_walking(), 1.0),
    "slippery cliff": (cliff_walking(2 / 3), 0.9),
    "walls": (grid_world(["S.#", ".#.", "..G"], slip=0.2), 0.8),
}
both = pytest.mark.parametrize(("world", "discount"), WORLDS.values(), ids=WORLDS)


def uniform(world):
    return torch.full_like(world.reward, 0.25)


def test_a_corridor_by_hand():
    """Two steps to the goal, -1 each: V = -1 at the last cell, and -1 - 0.5 at the first."""
    world = grid_world(["S.G"])
    right = torch.tensor([0.0, 1.0, 0.0, 0.0], dtype=torch.float64).expand(3, 4)
    torch.testing.assert_close(policy_values(world, right, 0.5), torch.tensor([-1.5, -1.0, 0.0], dtype=torch.float64))
    best = value_iteration(world, 0.5)
    torch.testing.assert_close(best[0], torch.tensor([-1.75, -1.5, -1.75, -1.75], dtype=torch.float64))


def test_the_gamblers_walk_in_closed_form():
    """Left or right by a coin, 1 for the right end: from cell i of n the chance to get there is i / (n + 1)."""
    world = grid_world(["H...S....G"], rewards={"G": 1.0}, step_reward=0.0)
    coin = torch.tensor([0.0, 0.5, 0.0, 0.5], dtype=torch.float64).expand(10, 4)
    expected = torch.tensor([0.0, *[i / 9 for i in range(1, 9)], 0.0], dtype=torch.float64)
    torch.testing.assert_close(policy_values(world, coin, 1.0), expected)


@both
def test_values_of_a_policy_solve_its_equations(world, discount):
    policy = torch.rand(world.states, 4, dtype=torch.float64).softmax(1)
    values = policy_values(world, policy, discount)
    torch.testing.assert_close(
        (policy * action_values(world, values, discount)).sum(1)[world.may_stand], values[world.may_stand]
    )
    assert (values[~world.may_stand] == 0).all()


def test_values_are_what_is_earned_on_average():
    world, discount = frozen_lake(), 0.9
    policy, draw = uniform(world), torch.Generator().manual_seed(0)
    state = world.begin(20_000, draw)
    total, weight = torch.zeros(2, 20_000, dtype=torch.float64) + torch.tensor([[0.0], [1.0]])
    for _ in range(150):
        state, reward, ends = world.step(state, torch.multinomial(policy[state], 1, generator=draw)[:, 0], draw)
        total += weight * reward
        weight = discount * weight * ~ends
    assert total.mean().item() == pytest.approx(
        expected_return(world, policy, discount), abs=4 * total.std().item() / 141
    )


@both
def test_the_two_roads_to_the_best_policy_meet(world, discount):
    by_values, (policy, by_policies) = value_iteration(world, discount), policy_iteration(world, discount)
    torch.testing.assert_close(by_values[world.may_stand], by_policies[world.may_stand], atol=1e-8, rtol=0)
    best = policy_values(world, policy, discount)
    torch.testing.assert_close(best, by_values.max(dim=1).values * world.may_stand, atol=1e-8, rtol=0)


@both
def test_no_policy_is_better(world, discount):
    best = value_iteration(world, discount).max(dim=1).values
    for _ in range(20):
        policy = (3 * torch.randn(world.states, 4, dtype=torch.float64)).softmax(1)
        assert (policy_values(world, policy, discount) <= best + 1e-9).all()


def test_the_cliff_in_closed_form():
    """Thirteen steps along the edge are the best; who explores one step in ten had better keep away from it."""
    world = cliff_walking()
    best = value_iteration(world, 1.0)
    assert best[36].tolist() == pytest.approx([-13, -113, -14, -14])
    daring = epsilon_greedy(best.round(decimals=8), 0.1)
    careful, values = policy_iteration(world, 1.0, epsilon=0.1)
    assert values[36].max().item() > expected_return(world, careful, 1.0) > expected_return(world, daring, 1.0) + 25
    along_the_edge, above = careful[25:35], careful[1:11]
    assert along_the_edge.argmax(1).tolist() != [1] * 10
    assert (above.argmax(1) == 1).all(), "the careful way leads along the top"


@pytest.mark.parametrize("epsilon", [0.1, 0.5, 1.0])
def test_the_best_exploring_policy_is_greedy_in_its_own_values(epsilon):
    world = cliff_walking(0.1)
    policy, values = policy_iteration(world, 0.9, epsilon)
    torch.testing.assert_close(values, action_values(world, policy_values(world, policy, 0.9), 0.9), atol=1e-8, rtol=0)
    torch.testing.assert_close(policy, epsilon_greedy(values.round(decimals=8), epsilon))
    assert policy.min().item() == pytest.approx(epsilon / 4)


def test_what_is_never_entered_need_not_end():
    world = grid_world(["S.G", "...", "..."])
    policy = torch.tensor([0.0, 1.0, 0.0, 0.0], dtype=torch.float64).repeat(9, 1)  # right, for ever, in the lower rows
    assert expected_return(world, policy, 1.0) == pytest.approx(-2)
    with pytest.raises(ValueError, match="may go on for ever"):
        policy_values(world, policy, 1.0)
    assert policy_values(world, policy, 0.5)[8].item() == pytest.approx(-2)


def test_bad_input_meets_a_clear_error():
    world = grid_world(["S.G"])
    with pytest.raises(ValueError, match=r"distribution in each of \(3, 4\)"):
        policy_values(world, torch.ones(3, 4, dtype=torch.float64), 0.9)
    with pytest.raises(ArithmeticError, match="still change by 1 after 50 sweeps"):
        value_iteration(grid_world(["S#G"]), 1.0, sweeps=50)


@pytest.mark.parametrize("row", [[1.5, -0.5, 0.0, 0.0], [2.0, 0.0, 0.0, 0.0], [float("nan"), 1.0, 0.0, 0.0]])
@pytest.mark.parametrize("values", [policy_values, expected_return])
def test_a_policy_with_probabilities_over_one_is_refused(values, row):
    world, discount = WORLDS["lake"]
    policy = uniform(world)
    policy[2] = torch.tensor(row)
    with pytest.raises(ValueError, match="a policy has a distribution"):
        values(world, policy, discount)
