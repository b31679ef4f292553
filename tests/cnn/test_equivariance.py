import pytest
import torch
import torch.nn.functional as F
from torch import nn

from labkit.cnn.equivariance import equivariance_error, invariance_error, shifted


def test_shifted_moves_and_lets_nothing_come_round():
    x = torch.arange(1.0, 10.0).view(1, 1, 3, 3)
    assert shifted(x, down=1)[0, 0].tolist() == [[0, 0, 0], [1, 2, 3], [4, 5, 6]]
    assert shifted(x, right=-1)[0, 0].tolist() == [[2, 3, 0], [5, 6, 0], [8, 9, 0]]
    assert shifted(x, down=-1, right=2)[0, 0].tolist() == [[0, 0, 4], [0, 0, 7], [0, 0, 0]]
    assert (shifted(x, down=3) == 0).all()
    torch.testing.assert_close(shifted(x), x)


@pytest.mark.parametrize(("down", "right"), [(1, 0), (0, -2), (3, 2)])
def test_a_convolution_commutes_with_a_shift_away_from_the_border(down, right):
    """Exactly: the same products are added up in the same order."""
    conv, x = nn.Conv2d(2, 4, 3, padding=1), torch.randn(2, 2, 12, 12)
    with torch.no_grad():
        assert equivariance_error(conv, x, down, right, border=4) == pytest.approx(0.0, abs=1e-7)
        assert equivariance_error(conv, x, down, right) > 0.01, "at the border it sees the frame"


def test_pooling_commutes_with_shifts_by_its_stride_only():
    x = torch.randn(2, 2, 16, 16)
    pool = nn.MaxPool2d(2)
    assert equivariance_error(pool, x, down=2, jump=2, border=1) == 0.0
    with pytest.raises(ValueError, match="does not move maps of jump 2 by whole units"):
        equivariance_error(pool, x, down=1, jump=2)


def test_a_dense_layer_does_not_commute():
    dense, x = nn.Linear(64, 64), torch.randn(2, 1, 8, 8)
    with torch.no_grad():
        assert equivariance_error(lambda x: dense(x.flatten(1)).view(2, 1, 8, 8), x, down=1, border=2) > 0.5


def test_a_mean_over_all_places_is_invariant():
    x = F.pad(torch.rand(2, 3, 6, 6), (4, 4, 4, 4))
    assert invariance_error(lambda x: x.mean(dim=(2, 3)), x, 2, -3) == pytest.approx(0.0, abs=1e-6)
    assert invariance_error(lambda x: x, x, 2, -3) > 0.5


def test_all_border_is_refused():
    with pytest.raises(ValueError, match="nothing left inside"):
        equivariance_error(lambda x: x, torch.zeros(1, 1, 8, 8), down=1, border=4)
