import itertools

import pytest
import torch

from labkit.data.minibatches import minibatches


def test_every_row_comes_once_an_epoch_and_rows_stay_together():
    x, y = torch.arange(7), torch.arange(7) * 10
    batches = list(itertools.islice(minibatches(3, x, y, seed=1), 6))
    assert [len(rows) for rows, _ in batches] == [3, 3, 1] * 2
    assert all((b == 10 * a).all() for a, b in batches)
    epochs = [torch.cat([rows for rows, _ in batches[i : i + 3]]) for i in (0, 3)]
    assert all(sorted(epoch.tolist()) == list(range(7)) for epoch in epochs)
    assert epochs[0].tolist() != epochs[1].tolist()
    assert epochs[0].tolist() != list(range(7))


def test_the_seed_decides_and_the_global_generator_is_left_alone():
    x = torch.arange(20)
    state = torch.get_rng_state()
    first, again, other = (next(minibatches(20, x, seed=seed))[0].tolist() for seed in (1, 1, 2))
    assert first == again != other
    assert torch.equal(state, torch.get_rng_state())
    assert len(next(minibatches(1, x))[0]) == 1


@pytest.mark.parametrize("tensors", [(), (torch.ones(3), torch.ones(4)), (torch.ones(0),)])
def test_refuses_what_has_no_rows_in_common(tensors):
    with pytest.raises(ValueError, match="same number of rows"):
        minibatches(2, *tensors)
    with pytest.raises(ValueError, match="at least one row"):
        minibatches(0, torch.ones(3))
