import pytest
import torch

from labkit.rl.dynamic_programming import value_iteration
from labkit.rl.grid_world import cliff_walking, grid_world
from labkit.rl.q_network import QNetwork
from labkit.rl.recording import greedy_path, record_episode, record_learning
from labkit.rl.tabular import QLearning, constant

WORLD = grid_world(["S..", "..G"])


def learner():
    return QLearning(WORLD, 0.9, epsilon=0.5, rate=constant(1.0), runs=2)


def test_frames_run_from_before_the_first_step_to_the_last():
    recorded, plain = record_learning(learner(), steps=400, frames=20, run=1), learner()
    plain.learn(400)
    assert recorded.step[0] == 0
    assert recorded.step[-1] == 400
    assert (recorded.step.diff() > 0).all()
    torch.testing.assert_close(recorded.visits.sum(dim=(1, 2)), recorded.step)
    torch.testing.assert_close(recorded.table[-1], plain.table[1], atol=0, rtol=0)
    assert (recorded.table[0] == 0).all()
    assert recorded.episodes[-1] == len(plain.returns[1])
    assert (recorded.episodes.diff() >= 0).all()


def test_a_frame_is_the_table_of_its_time():
    recorded, plain = record_learning(learner(), steps=100, frames=5), learner()
    plain.learn(int(recorded.step[2]))
    torch.testing.assert_close(recorded.table[2], plain.table[0], atol=0, rtol=0)


def test_all_that_is_best_is_shown():
    recorded = record_learning(learner(), steps=500, frames=4)
    assert recorded.greedy[0].all(), "nothing is known yet"
    assert recorded.greedy[-1, 0].tolist() == [False, True, True, False], "right and down are equally short"
    torch.testing.assert_close(recorded.values[-1, 0].item(), -1 - 0.9 - 0.81)


def test_an_episode_is_kept_step_by_step():
    torch.manual_seed(0)
    net = QNetwork(4, 2)
    episode = record_episode(net, seed=4)
    assert len(episode.obs) == len(episode.values) == len(episode.action) == int(episode.reward.sum())
    torch.testing.assert_close(episode.values, net(episode.obs).detach())
    torch.testing.assert_close(episode.action, episode.values.argmax(dim=1))
    assert not episode.truncated
    assert record_episode(net, seed=4, max_episode_steps=2).truncated


def test_too_few_frames_are_refused():
    with pytest.raises(ValueError, match="at least two frames and as many steps, but got 1 and 10"):
        record_learning(learner(), 10, frames=1)
    with pytest.raises(ValueError, match="but got 20 and 10"):
        record_learning(learner(), 10, frames=20)


def test_a_greedy_path_goes_where_the_table_says():
    cliff = cliff_walking()
    path = greedy_path(cliff, value_iteration(cliff, 1.0).round(decimals=8))
    assert path == [36, *range(24, 36), 47], "up, along the edge, down into the goal"
    lost = torch.zeros(6, 4)
    lost[:, 3] = 1.0  # left, where the border is
    assert greedy_path(WORLD, lost, limit=4) == [0] * 5, "it is cut, and does not end"
    ties = {tuple(greedy_path(WORLD, torch.zeros(6, 4), seed=seed)) for seed in range(5)}
    assert len(ties) > 1, "equally good actions share"
    with pytest.raises(ValueError, match="at least one step, not 0"):
        greedy_path(WORLD, lost, limit=0)


@pytest.mark.parametrize(("steps", "frames"), [(50, 50), (60, 50), (2000, 50), (9, 7), (2, 2)])
def test_as_many_frames_as_were_asked_for(steps, frames):
    recorded = record_learning(learner(), steps=steps, frames=frames)
    assert len(recorded.step) == frames
    assert (recorded.step.diff() > 0).all()
    assert recorded.step[-1] == steps
