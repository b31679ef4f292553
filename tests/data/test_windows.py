import pytest
import torch

from labkit.data.windows import random_windows


def test_windows_are_pieces_of_the_row_from_everywhere():
    row = torch.arange(50)
    source = random_windows(row, 8, 64, torch.Generator().manual_seed(0))
    batch = next(source)
    assert batch.shape == (64, 8)
    assert torch.equal(batch - batch[:, :1], torch.arange(8).expand(64, 8))
    starts = torch.cat([batch[:, 0], *(next(source)[:, 0] for _ in range(20))])
    assert set(starts.tolist()) == set(range(43)), "the first and the last window as well"
    assert not torch.equal(next(source), next(source))


def test_the_generator_decides():
    row = torch.arange(500)
    one, same, other = (next(random_windows(row, 8, 4, torch.Generator().manual_seed(s))) for s in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_a_batch_can_be_written_to():
    row = torch.arange(20)
    next(random_windows(row, 8, 4, torch.Generator())).zero_()
    assert torch.equal(row, torch.arange(20))


def test_one_window_fits_and_no_longer_one():
    assert torch.equal(next(random_windows(torch.arange(5), 5, 2, torch.Generator()))[1], torch.arange(5))
    with pytest.raises(ValueError, match="a window of 6 does not fit into a row of 5 tokens"):
        next(random_windows(torch.arange(5), 6, 2, torch.Generator()))
