import pytest
import torch
import torch.nn.functional as F
from torch import nn

from labkit.cnn.cnn import CNN
from labkit.cnn.summary import summary


def in_the_usual_order(ours: CNN) -> nn.Sequential:
    """What a user of torch writes: convolution, ReLU, pooling."""
    (first, _, _, second, _, _), (_, hidden, _, out) = ours.features, ours.classifier
    pool = nn.MaxPool2d(2)
    return nn.Sequential(first, nn.ReLU(), pool, second, nn.ReLU(), pool, nn.Flatten(), hidden, nn.ReLU(), out)


@pytest.mark.parametrize(("channels", "size"), [(1, 28), (3, 32)])
def test_matches_torch(channels, size):
    ours, x = CNN(channels=channels, size=size), torch.randn(4, channels, size, size)
    peer, labels = in_the_usual_order(ours), torch.arange(4)
    torch.testing.assert_close(ours(x), peer(x))
    found = []
    for model in (ours, peer):
        loss = F.cross_entropy(model(x), labels)
        found.append(torch.autograd.grad(loss, list(ours.parameters())))
    torch.testing.assert_close(found[0], found[1])


def test_the_classic_counts():
    rows = [row for row in summary(CNN(), torch.zeros(1, 1, 28, 28)) if row.parameters]
    assert [row.parameters for row in rows] == [320, 18_496, 102_464, 650]
    assert sum(p.numel() for p in CNN().parameters()) == 121_930
    assert [row.shape for row in rows] == [(32, 26, 26), (64, 11, 11), (64,), (10,)]


def test_pictures_of_another_shape_are_refused():
    with pytest.raises(ValueError, match=r"shape \(1, 28, 28\), not \(3, 28, 28\)"):
        CNN()(torch.zeros(1, 3, 28, 28))
    with pytest.raises(ValueError, match="does not fit"):
        CNN(size=8)


def test_learns_eight_pictures():
    torch.manual_seed(0)
    model, x, labels = CNN(filters=(8, 8), hidden=16), torch.rand(8, 1, 28, 28), torch.arange(8)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(60):
        loss = F.cross_entropy(model(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert (model(x).argmax(dim=-1) == labels).all()
    assert loss < 0.05
