import pytest
import torch

from labkit.rl.replay import ReplayBuffer, Ring
from labkit.rl.transitions import Transitions
from peers.rl import random_batch


def rows(first: int, last: int) -> torch.Tensor:
    return torch.arange(first, last, dtype=torch.float32)[:, None].expand(-1, 2)


def held(ring: Ring) -> list[int]:
    return ring.sample(torch.linspace(0, 1, len(ring) + 1, dtype=torch.float64)[:-1] + 1e-9)[:, 0].int().tolist()


def test_the_newest_stay_whatever_the_batches():
    for sizes in ([3], [5], [3, 4], [2, 2, 2, 2], [9], [1, 12], [5, 5, 1], [0, 4, 0]):
        ring, total = Ring(5, 2), 0
        for size in sizes:
            ring.add(rows(total, total + size))
            total += size
        assert sorted(held(ring)) == list(range(max(0, total - 5), total)), sizes
        assert len(ring) == min(total, 5)


def test_row_number_i_lies_in_slot_i_modulo_capacity():
    ring = Ring(5, 2)
    ring.add(rows(0, 3))
    ring.add(rows(3, 7))
    assert ring.rows[:, 0].tolist() == [5, 6, 2, 3, 4]


def test_only_what_was_stored_is_drawn_and_all_of_it_equally_often():
    ring = Ring(100, 2)
    ring.add(rows(1, 5))
    drawn = ring.sample(torch.rand(40_000, dtype=torch.float64))[:, 0]
    shares = torch.bincount(drawn.int(), minlength=5) / 40_000
    torch.testing.assert_close(shares, torch.tensor([0, 1, 1, 1, 1]) / 4, atol=0.01, rtol=0)


def test_a_number_that_rounds_up_to_one_is_no_error():
    ring = Ring(3, 2)
    ring.add(rows(0, 3))
    assert ring.sample(torch.tensor([0.0, 1.0 - 2**-53, 1.0]))[:, 0].tolist() == [0, 2, 2]


def test_what_is_stored_and_drawn_are_copies():
    ring, batch = Ring(3, 2), rows(0, 3).clone()
    ring.add(batch)
    batch.zero_()
    ring.sample(torch.zeros(2)).zero_()
    assert held(ring) == [0, 1, 2]


def test_transitions_come_back_as_they_went_in():
    memory, batch = ReplayBuffer(64), random_batch(64)
    memory.add(batch)
    drawn = memory.sample(500, torch.Generator().manual_seed(0))
    which = (drawn.obs[:, None] == batch.obs).all(dim=2).int().argmax(dim=1)
    for name, column in vars(batch).items():
        torch.testing.assert_close(getattr(drawn, name), column[which], atol=0, rtol=0)
    assert len(which.unique()) > 60


def test_actions_and_observations_of_other_shapes_come_back_too():
    memory = ReplayBuffer(8)
    flags = torch.tensor([True, False])
    batch = Transitions(torch.randn(2, 3, 5), torch.randn(2, 4), torch.randn(2), torch.randn(2, 3, 5), flags, ~flags)
    memory.add(batch)
    drawn = memory.sample(5)
    which = (drawn.reward[:, None] == batch.reward).int().argmax(dim=1)
    for name, column in vars(batch).items():
        torch.testing.assert_close(getattr(drawn, name), column[which], atol=0, rtol=0)


def test_the_memory_is_taken_once():
    memory = ReplayBuffer(10)
    memory.add(random_batch(4))
    place = memory.memory.rows.data_ptr()
    for seed in range(5):
        memory.add(random_batch(4, seed))
    assert memory.memory.rows.data_ptr() == place
    assert len(memory) == 10


def test_the_same_generator_draws_the_same():
    memory = ReplayBuffer(64)
    memory.add(random_batch(64))
    one, same, other = (memory.sample(16, torch.Generator().manual_seed(seed)).obs for seed in (1, 1, 2))
    torch.testing.assert_close(one, same, atol=0, rtol=0)
    assert not torch.equal(one, other)


def test_a_memory_of_ones_own_serves():
    class Newest(Ring):
        def sample(self, uniform):
            return self.rows[(self.added - 1) % len(self.rows)].expand(len(uniform), -1)

    memory, batch = ReplayBuffer(10, Newest), random_batch(7)
    memory.add(batch)
    torch.testing.assert_close(memory.sample(3).obs, batch.obs[-1:].expand(3, -1))


def test_bad_input_meets_a_clear_error(unchecked):
    with pytest.raises(ValueError, match="at least one row, not 0"):
        Ring(0, 2)
    with pytest.raises(ValueError, match=r"width 2.*\(3, 4\)"):
        unchecked(Ring.add)(Ring(5, 2), torch.zeros(3, 4))
    with pytest.raises(ValueError, match="collect first"):
        Ring(5, 2).sample(torch.zeros(1))
    memory = ReplayBuffer(5)
    with pytest.raises(ValueError, match="collect first"):
        memory.sample(1)
    memory.add(random_batch(0))
    assert len(memory) == 0
    memory.add(random_batch(3))
    flat = random_batch(3)
    flat.action = flat.obs
    with pytest.raises(ValueError, match="one buffer for each environment"):
        memory.add(flat)
