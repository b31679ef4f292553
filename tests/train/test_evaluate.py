import pytest
import torch
import torch.nn.functional as F
from torch import nn

from labkit.train.evaluate import accuracy, mean_loss, predict


class Rows(nn.Module):
    """Gives its inputs back as logits, and spoils them while it trains."""

    def forward(self, x):
        return -x if self.training else x


LOGITS = torch.tensor([[2.0, 1.0, 0.0], [0.0, 3.0, 1.0], [0.0, 1.0, 4.0], [5.0, 0.0, 1.0], [0.0, 1.0, 2.0]])
LABELS = torch.tensor([0, 1, 2, 1, 0])


@pytest.mark.parametrize("batch", [1, 2, 500])
def test_counts_every_row_once_in_evaluation_mode(batch):
    model = Rows().train()
    assert accuracy(model, LOGITS, LABELS, batch) == pytest.approx(3 / 5)
    assert mean_loss(model, LOGITS, LABELS, batch) == pytest.approx(F.cross_entropy(LOGITS, LABELS).item())
    assert model.training


def test_each_part_gets_its_own_mode_back_and_no_gradient_is_kept():
    model = nn.Sequential(nn.Linear(3, 3), nn.BatchNorm1d(3).train())
    model[1].eval()
    before = model[1].running_mean.clone()
    assert not predict(model, LOGITS).requires_grad
    assert [part.training for part in model.modules()] == [True, True, False]
    assert torch.equal(model[1].running_mean, before)


def test_refuses_lengths_that_differ():
    with pytest.raises(ValueError, match="5 rows of inputs and 4 labels"):
        accuracy(Rows(), LOGITS, LABELS[:4])
