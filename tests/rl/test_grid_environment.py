import gymnasium
import pytest
import torch
from gymnasium.utils.env_checker import check_env

from labkit.rl.environments import Environments
from labkit.rl.grid_environment import GridEnvironment
from labkit.rl.grid_world import cliff_walking, frozen_lake


def walk(env, seed, actions):
    seen = [env.reset(seed=seed)[0]]
    for action in actions:
        obs, reward, terminated, _, _ = env.step(action)
        seen.append((obs, reward, terminated))
        if terminated:
            break
    return seen


def test_gymnasiums_own_check_passes():
    check_env(GridEnvironment(frozen_lake(), render_mode="ansi"), skip_render_check=True, skip_close_check=True)


def test_the_same_walk_as_in_gymnasiums_cliff():
    walks = [[0, *[1] * 11, 2], [1, 1, 0, 0, 0, 0, 3, 1, 2, 1], [0, 1, 2, 0, 1]]
    for actions in walks:
        ours = walk(GridEnvironment(cliff_walking()), 0, actions)
        assert ours == walk(gymnasium.make("CliffWalking-v1").unwrapped, 0, actions)
    assert walk(GridEnvironment(cliff_walking()), 0, walks[0])[-1] == (47, -1.0, True)


def test_a_seed_fixes_the_walk():
    env, actions = GridEnvironment(frozen_lake()), [2, 1, 2, 1, 0, 3, 1, 1]
    one, same = (walk(env, 4, actions) for _ in range(2))
    assert one == same
    assert len({str(walk(env, seed, actions)) for seed in range(10)}) > 1


def test_several_at_once_with_a_clock():
    clock = [lambda: gymnasium.wrappers.TimeLimit(GridEnvironment(cliff_walking()), 5)] * 3
    envs = Environments(gymnasium.vector.SyncVectorEnv(clock))
    rows = [envs.step(torch.zeros(3, dtype=torch.int64)) for _ in range(7)]
    assert [len(row) for row in rows] == [3, 3, 3, 3, 3, 0, 3]
    assert rows[4].truncated.all()
    assert not rows[4].terminated.any()
    assert rows[0].obs.tolist() == [36] * 3 == rows[6].obs.tolist()
    assert envs.returns == [-5.0] * 3


def test_text_shows_the_agent():
    env = GridEnvironment(frozen_lake(0.0), render_mode="ansi")
    env.reset(seed=0)
    env.step(1)
    assert env.render() == "Sx..\n.H.H\n...H\nH..G"


def test_bad_use_meets_a_clear_error():
    env = GridEnvironment(frozen_lake())
    with pytest.raises(RuntimeError, match="call reset"):
        env.step(0)
    env.reset(seed=0)
    with pytest.raises(ValueError, match=r"0 to 3 \(up, right, down, left\), not 4"):
        env.step(4)
