import re

import gymnasium
import pytest
import torch

from labkit.rl.grid_world import ACTIONS, cliff_walking, frozen_lake, grid_world


def table(world, state: int, action: int) -> dict[tuple[int, bool], list[float]]:
    """What an action leads to: probability and expected reward for each next state and end."""
    found = {}
    outcomes = (world.probability, world.next_state, world.outcome_reward, world.ends)
    for p, to, reward, end in zip(*(part[state, action].tolist() for part in outcomes), strict=True):
        if p > 0:
            entry = found.setdefault((to, end), [0.0, 0.0])
            entry[0] += p
            entry[1] += p * reward
    return found


def gymnasium_table(outcomes) -> dict[tuple[int, bool], list[float]]:
    found = {}
    for p, to, reward, end in outcomes:
        entry = found.setdefault((int(to), bool(end)), [0.0, 0.0])
        entry[0] += p
        entry[1] += p * reward
    return found


def assert_same_world(world, peer, theirs):
    """Every state in which one can be, every action; `theirs` are the peer's numbers for our actions."""
    for state in world.may_stand.nonzero()[:, 0].tolist():
        for action in range(4):
            ours, other = table(world, state, action), gymnasium_table(peer.P[state][theirs[action]])
            assert ours.keys() == other.keys(), (state, action)
            for key, entry in other.items():
                assert ours[key] == pytest.approx(entry), (state, action)


@pytest.mark.parametrize("slippery", [False, True])
def test_cliff_walking_is_gymnasiums(slippery):
    peer = gymnasium.make("CliffWalkingSlippery-v1" if slippery else "CliffWalking-v1").unwrapped
    world = cliff_walking(2 / 3 if slippery else 0.0)
    assert world.shape == peer.shape
    assert_same_world(world, peer, theirs=range(4))
    torch.testing.assert_close(world.start, torch.from_numpy(peer.initial_state_distrib))


@pytest.mark.parametrize("slip", [0.0, 0.4, 2 / 3])
def test_the_frozen_lake_is_gymnasiums(slip):
    options = {"is_slippery": True, "success_rate": 1 - slip} if slip else {"is_slippery": False}
    peer = gymnasium.make("FrozenLake-v1", map_name="4x4", **options).unwrapped
    assert_same_world(frozen_lake(slip), peer, theirs=[3, 2, 1, 0])
    torch.testing.assert_close(frozen_lake(slip).start, torch.from_numpy(peer.initial_state_distrib))


def test_walls_and_borders_stop():
    world = grid_world(["S#", ".G"])
    after = {action: world.next_state[0, number, 1].item() for number, action in enumerate(ACTIONS)}
    assert after == {"up": 0, "right": 0, "down": 2, "left": 0}


def test_transitions_are_the_outcomes_put_together():
    world = grid_world(["S.", ".G"], slip=0.5)
    torch.testing.assert_close(world.transition[0, 1], torch.tensor([0.25, 0.5, 0.25, 0.0], dtype=torch.float64))
    torch.testing.assert_close(world.transition[1, 2], torch.tensor([0.25, 0.25, 0.0, 0.0], dtype=torch.float64))
    assert world.ends[1, 2].any(), "the half that is missing is the goal, after which there is nothing"


def test_steps_happen_as_often_as_they_should():
    world = cliff_walking(0.3)
    state, action = torch.full((40_000,), 36), torch.full((40_000,), 1)  # from the start towards the cliff
    to, reward, ends = world.step(state, action, torch.Generator().manual_seed(0))
    fell, up, stayed = reward == -100, (to == 24), (to == 36) & (reward == -1)
    shares = torch.stack([fell, up, stayed]).float().mean(dim=1)
    torch.testing.assert_close(shares, torch.tensor([0.7, 0.15, 0.15]), atol=0.01, rtol=0)
    assert (to[fell] == 36).all()
    assert not ends.any()


def test_episodes_begin_at_all_starts():
    world = grid_world(["S.S", "..G"])
    begun = world.begin(10_000, torch.Generator().manual_seed(0))
    assert sorted(begun.unique().tolist()) == [0, 2]
    assert (begun == 0).float().mean().item() == pytest.approx(0.5, abs=0.02)


def test_a_hole_ends_and_brings_its_reward():
    world = grid_world(["SHG"], rewards={"H": -5.0, "G": 2.0}, step_reward=-0.1)
    assert world.step(torch.tensor([0]), torch.tensor([1]))[1:] == (torch.tensor([-5.0]), torch.tensor([True]))
    assert not world.may_stand[1:].any()
    assert (world.transition[1:].sum(), world.reward[1:].sum()) == (2 * 4, 0), "walls and ends lead to themselves"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([],), "rows of one length"),
        ((["S.", "G"],), r"rows of one length, not of \[2, 1\]"),
        ((["Sx"],), r"not of \['x'\]"),
        ((["SG"], 0.0, {"gold": 1.0}), "gold"),
        (([".G"],), "this one has 0"),
        ((["SCS"],), "exactly one where there is a cliff"),
        ((["SG"], 1.5), "between 0 and 1, not 1.5"),
    ],
)
def test_a_picture_that_is_no_world_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message if "\\" in message else re.escape(message)):
        grid_world(*arguments)
