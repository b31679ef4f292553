import math

import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.vector import AutoresetMode, SyncVectorEnv

from labkit.rl.environments import Environments
from labkit.rl.transitions import Transitions


def collected(envs: Environments, steps: int) -> list[Transitions]:
    draw = torch.Generator().manual_seed(0)
    return [envs.step(envs.random_actions(draw)) for _ in range(steps)]


def joined(batches: list[Transitions]) -> Transitions:
    return Transitions(*(torch.cat([vars(batch)[name] for batch in batches]) for name in vars(batches[0])))


def test_every_transition_is_one_of_gymnasiums_cart():
    rows = joined(collected(Environments("CartPole-v1", 8), 120))
    env = gymnasium.make("CartPole-v1").unwrapped
    env.reset()
    for obs, action, reward, next_obs, terminated, _ in zip(*vars(rows).values(), strict=True):
        env.state, env.steps_beyond_terminated = obs.double().numpy(), None
        seen, earned, ended, _, _ = env.step(int(action))
        torch.testing.assert_close(next_obs, torch.from_numpy(seen), atol=1e-5, rtol=1e-5)
        assert (earned, ended) == (reward, terminated)
    assert rows.terminated.sum() > 20


def test_no_transition_leads_from_one_episode_into_the_next():
    envs = Environments("CartPole-v1", 8)
    batches = collected(envs, 120)
    rows = joined(batches)
    assert ((rows.next_obs - rows.obs).abs().amax(dim=0)[:1] < 0.1).all(), "a cart does not jump"
    out = (rows.next_obs[:, 2].abs() > math.radians(12)) | (rows.next_obs[:, 0].abs() > 2.4)
    torch.testing.assert_close(out, rows.terminated)
    assert (rows.reward == 1).all()
    assert len(rows) == envs.steps == 8 * 120 - sum(8 - len(batch) for batch in batches)
    assert len(envs.returns) == int((rows.terminated | rows.truncated).sum())
    assert sum(envs.returns) + envs.totals.sum() == len(rows)


def test_the_clock_truncates_and_does_not_terminate():
    envs = Environments("CartPole-v1", 4, max_episode_steps=3)
    batches = collected(envs, 8)
    assert [int(batch.truncated.sum()) for batch in batches] == [0, 0, 4, 0, 0, 0, 4, 0]
    assert not joined(batches).terminated.any()
    assert envs.returns == [3.0] * 8
    whole = envs.step(envs.random_actions(), whole=True)
    assert len(whole) == 4


def test_what_was_handed_out_is_not_written_over():
    envs = Environments("CartPole-v1", 3)
    first = envs.step(torch.zeros(3, dtype=torch.int64))
    kept = [column.clone() for column in vars(first).values()]
    collected(envs, 30)
    torch.testing.assert_close(list(vars(first).values()), kept, atol=0, rtol=0)


def test_a_seed_fixes_all():
    one, same, other = (joined(collected(Environments("CartPole-v1", 3, seed), 20)).obs for seed in (1, 1, 2))
    torch.testing.assert_close(one, same, atol=0, rtol=0)
    assert not torch.equal(one[:3], other[:3])


def test_environments_that_reset_otherwise_are_refused():
    made = [lambda: gymnasium.make("CartPole-v1")]
    with pytest.raises(ValueError, match=r"SAME_STEP.*NEXT_STEP"):
        Environments(SyncVectorEnv(made, autoreset_mode=AutoresetMode.SAME_STEP))
    envs = Environments(SyncVectorEnv(made))
    assert len(envs) == 1
    np.testing.assert_array_equal(envs.obs.numpy(), envs.envs.reset(seed=0)[0])
