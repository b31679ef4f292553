import pytest
import torch
import torch.nn.functional as F

from labkit.cnn.lenet import READS, LeNet5, PartialConv2d, ScaledTanh, Subsampling
from labkit.cnn.pooling import avg_pool2d


def test_the_papers_counts():
    """156 + 12 + 1,516 + 32 + 48,120 + 10,164 = 60,000, and the linear layer that stands for the fixed units."""
    model = LeNet5()
    layers = (model.c1, model.s2, model.c3, model.s4, model.c5, model.f6)
    own = [layer.weights() if layer is model.c3 else sum(p.numel() for p in layer.parameters()) for layer in layers]
    assert own == [156, 12, 1_516, 32, 48_120, 10_164]
    assert model.weights() == 60_000 + 850


def test_the_papers_table():
    assert [len(row) for row in READS] == [3] * 6 + [4] * 9 + [6]
    assert READS[4] == [4, 5, 0]
    assert READS[9] == [0, 3, 4, 5]
    assert sorted(READS[14]) == [0, 2, 3, 5]
    assert len({tuple(sorted(row)) for row in READS}) == 16, "no two filters read the same"
    read_by = [sum(channel in row for row in READS) for channel in range(6)]
    assert read_by == [10] * 6, "every map is read as often as any other"


def test_partial_convolution_reads_its_row_only():
    layer, x = PartialConv2d(READS, 6, 5), torch.randn(2, 6, 14, 14, requires_grad=True)
    out = layer(x)
    for filter, row in enumerate(READS):
        alone = F.conv2d(x[:, row], layer.weight[[filter]][:, row], layer.bias[[filter]])
        torch.testing.assert_close(out[:, [filter]], alone)
        (gradient,) = torch.autograd.grad(out[:, filter].sum(), x, retain_graph=True)
        assert gradient.abs().sum(dim=(0, 2, 3)).nonzero()[:, 0].tolist() == sorted(row)


def test_subsampling_is_a_weighted_mean():
    layer, x = Subsampling(3), torch.randn(2, 3, 8, 8)
    torch.testing.assert_close(layer(x), avg_pool2d(x, 2))
    torch.nn.init.uniform_(layer.weight)
    torch.nn.init.uniform_(layer.bias)
    wanted = 4 * avg_pool2d(x, 2) * layer.weight[:, None, None] + layer.bias[:, None, None]
    torch.testing.assert_close(layer(x), wanted)


def test_the_squashing_keeps_one():
    squash = ScaledTanh()
    x = torch.tensor([-1.0, 1.0, 100.0], dtype=torch.float64)
    torch.testing.assert_close(squash(x), torch.tensor([-1.0, 1.0, 1.7159], dtype=torch.float64), atol=1e-4, rtol=0)


def test_the_whole_is_its_layers():
    model, x = LeNet5(), torch.randn(2, 1, 32, 32)
    f = model.squash
    s2 = f(F.avg_pool2d(f(F.conv2d(x, model.c1.weight, model.c1.bias)), 2))
    s4 = f(F.avg_pool2d(f(F.conv2d(s2, model.c3.weight * model.c3.connected, model.c3.bias)), 2))
    c5 = f(s4.flatten(1) @ model.c5.weight.flatten(1).T + model.c5.bias)
    torch.testing.assert_close(model(x), model.out(f(model.f6(c5))))


def test_small_pictures_get_a_margin_and_others_are_refused():
    model, x = LeNet5(), torch.randn(2, 1, 28, 28)
    torch.testing.assert_close(model(x), model(F.pad(x, (2, 2, 2, 2))))
    with pytest.raises(ValueError, match=r"28 x 28 or 32 x 32, not \(3, 32, 32\)"):
        model(torch.randn(2, 3, 32, 32))


def test_learns_eight_pictures():
    torch.manual_seed(0)
    model, x, labels = LeNet5(), torch.rand(8, 1, 28, 28), torch.arange(8)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(60):
        loss = F.cross_entropy(model(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert (model(x).argmax(dim=-1) == labels).all()
