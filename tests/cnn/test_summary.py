import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from labkit.cnn.cnn import CNN
from labkit.cnn.receptive_field import Field
from labkit.cnn.resnet import ResNet, SmallStem, resnet50
from labkit.cnn.resnet_blocks import BasicBlock, Bottleneck
from labkit.cnn.summary import summary, table


@pytest.mark.parametrize(
    ("model", "shape"),
    [
        (lambda: CNN(), (1, 28, 28)),
        (lambda: ResNet(Bottleneck, (1, 2), width=8, classes=3), (3, 32, 32)),
        (lambda: nn.Sequential(nn.Conv2d(4, 8, 3, groups=2), nn.Flatten(), nn.Linear(8 * 36, 5)), (4, 8, 8)),
        (lambda: nn.ConvTranspose2d(4, 6, 3, stride=2, groups=2), (4, 5, 7)),
    ],
)
def test_multiply_adds_are_half_of_torchs_count(model, shape):
    model, x = model().eval(), torch.randn(1, *shape)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(x)
    assert 2 * sum(row.multiply_adds for row in summary(model, x)) == counter.get_total_flops()
    assert sum(row.multiply_adds for row in summary(model, x.expand(3, *shape))) * 2 == counter.get_total_flops()


def test_resnet50_costs_what_the_paper_says():
    """3.8 billion in table 1; the stride in the 3x3 instead of the 1x1 convolution makes it 4.1."""
    rows = summary(resnet50(), torch.zeros(1, 3, 224, 224))
    assert sum(row.multiply_adds for row in rows) / 1e9 == pytest.approx(4.09, abs=0.01)


@pytest.mark.parametrize("block", [BasicBlock, Bottleneck])
def test_fields_follow_the_longest_path(block):
    """Through a shortcut with a stride too: what a unit's gradient reaches, with weights that cannot cancel."""
    model = ResNet(block, (1, 1, 1), width=4, channels=1, classes=2, stem=SmallStem).eval()
    with torch.no_grad():
        for p in model.parameters():
            p.abs_()
    x = torch.rand(1, 1, 48, 48, requires_grad=True)
    rows = {row.name: row for row in summary(model, x.detach())}
    last = rows["stages.2.0.conv3" if block is Bottleneck else "stages.2.0.conv2"]
    maps = model.maps(x)[-1]
    (gradient,) = torch.autograd.grad(maps[0, :, 6, 6].sum(), x)
    seen = gradient[0, 0].sum(dim=0).nonzero()[:, 0].tolist()
    assert seen == list(last.field.pixels(6, 48))
    assert rows["stages.2.0.shortcut.0"].field.size < last.field.size
    assert rows["stages.2.0.shortcut.0"].field.jump == last.field.jump == 4
    assert rows["classifier"].field is None


def test_windows_that_are_not_square_have_no_field():
    rows = summary(nn.Sequential(nn.Conv2d(1, 1, (3, 5)), nn.Conv2d(1, 1, 3)), torch.zeros(1, 1, 12, 12))
    assert [row.field for row in rows] == [None, None]
    (row,) = summary(nn.Sequential(nn.Conv2d(1, 1, 3, dilation=2, padding=2)), torch.zeros(1, 1, 12, 12))
    assert row.field == Field(size=5, jump=1, start=-2)


def test_the_model_is_left_as_it_was():
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2)).train()
    model[1].eval()
    summary(model, torch.randn(4, 1, 8, 8))
    assert (model.training, model[0].training, model[1].training) == (True, True, False)
    assert (model[1].running_mean == 0).all()
    assert not model[0]._forward_hooks


def test_the_table_adds_up():
    lines = table(summary(CNN(), torch.zeros(1, 1, 28, 28))).splitlines()
    assert len(lines) == 1 + 6 + 1
    assert "121,930" in lines[-1]
    assert "2,528,000" in lines[-1]
    assert len({len(line.rstrip()) for line in lines if "Conv2d" in line}) == 1


def field_by_gradient(model: nn.Module, x: torch.Tensor, place: int) -> list[int]:
    """The rows of the picture that a unit's gradient reaches, with weights that cannot cancel."""
    with torch.no_grad():
        for p in model.parameters():
            p.abs_()
    x = x.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(model(x)[0, :, place, place].sum(), x)
    return gradient[0].sum(dim=(0, 2)).nonzero()[:, 0].tolist()


@pytest.mark.parametrize(("kernel", "dilation"), [(3, 1), (3, 2), (7, 1), (5, 3)])
def test_same_padding(kernel, dilation):
    model = nn.Sequential(
        nn.Conv2d(1, 2, kernel, padding="same", dilation=dilation), nn.Conv2d(2, 1, 3, padding="valid")
    )
    x = torch.rand(1, 1, 40, 40)
    row, seen = summary(model, x)[-1], field_by_gradient(model, x, 15)
    assert (seen[0], seen[-1]) == (row.field.pixels(15, 40)[0], row.field.pixels(15, 40)[-1])


def test_a_concatenation_sees_what_the_wider_branch_sees():
    class Branches(nn.Module):
        def __init__(self):
            super().__init__()
            self.wide, self.narrow = nn.Conv2d(1, 2, 7, padding=3), nn.Conv2d(1, 2, 3, padding=1)
            self.after = nn.Conv2d(4, 1, 3)

        def forward(self, x):
            return self.after(torch.cat([self.narrow(x), self.wide(x)], dim=1))

    model, x = Branches(), torch.rand(1, 1, 30, 30)
    row = summary(model, x)[-1]
    assert row.field.size == 9
    assert field_by_gradient(model, x, 10) == list(row.field.pixels(10, 30))


def test_where_sizes_change_units_differ_and_there_is_no_field():
    """Each output of a transposed convolution, or of a resized map, may see another number of pixels."""
    up = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ConvTranspose2d(4, 2, 4, stride=2, padding=1), nn.Conv2d(2, 1, 3))
    rows = summary(up, torch.zeros(1, 1, 9, 9))
    assert [(row.kind, row.shape, row.field is None) for row in rows] == [
        ("Conv2d", (4, 7, 7), False),
        ("ConvTranspose2d", (2, 14, 14), True),
        ("Conv2d", (1, 12, 12), True),
    ]
    assert rows[1].parameters == 4 * 2 * 16 + 2
    resized = nn.Sequential(nn.Conv2d(1, 1, 3), nn.Upsample(scale_factor=2), nn.Conv2d(1, 1, 3))
    assert [row.field is None for row in summary(resized, torch.zeros(1, 1, 9, 9))] == [False, True]
