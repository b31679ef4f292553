"""A training step beside torch's and Transformers' own networks, on the same weights."""

from copy import deepcopy

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.timing import ratio
from labkit.cnn.cnn import CNN
from labkit.cnn.resnet import ResNet, cifar_resnet
from labkit.cnn.resnet_blocks import BasicBlock, Bottleneck
from peers.resnet import hugging_face_resnet

pytestmark = pytest.mark.benchmark
RESNETS = {
    "basic, width 16, 64 x 64": lambda: ResNet(BasicBlock, (2, 2, 2), width=16, classes=10),
    "bottleneck, width 16, 64 x 64": lambda: ResNet(Bottleneck, (2, 2, 2), width=16, classes=10),
}


def in_the_usual_order(ours: CNN) -> nn.Sequential:
    """What a user of torch writes: convolution, ReLU, pooling, in torch's own layout in memory."""
    (first, _, _, second, _, _), (_, hidden, _, out) = deepcopy(ours.features), deepcopy(ours.classifier)
    parts = [first, nn.ReLU(), nn.MaxPool2d(2), second, nn.ReLU(), nn.MaxPool2d(2)]
    return as_usual(nn.Sequential(*parts, nn.Flatten(), hidden, nn.ReLU(), out))


def as_usual(model: nn.Module) -> nn.Module:
    """Weights row by row, channel by channel: what a module has that nobody has asked for anything else."""
    return model.to(memory_format=torch.contiguous_format)


def training_step(model, x, labels):
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.0)  # a full step that leaves the weights alike

    def step():
        found = model(x)
        logits = getattr(found, "logits", found)
        optimizer.zero_grad()
        F.cross_entropy(logits, labels).backward()
        optimizer.step()

    return step


def held(ours, peer, name, record_property, rounds=30):
    found = ratio(ours, peer, rounds)
    record_property("ratio", found)
    print(f"\ntraining step, {name}: ratio {found:.2f}")
    assert found <= 1.0


def test_the_classic_network(record_property):
    ours, x, labels = CNN(), torch.randn(32, 1, 28, 28), torch.randint(10, (32,))
    peer = in_the_usual_order(ours)
    torch.testing.assert_close(ours(x), peer(x))
    held(training_step(ours, x, labels), training_step(peer, x, labels), "CNN beside torch", record_property)


@pytest.mark.parametrize("size", RESNETS)
def test_resnet(size, record_property):
    ours, x, labels = RESNETS[size](), torch.randn(16, 3, 64, 64), torch.randint(10, (16,))
    peer = hugging_face_resnet(ours)
    torch.testing.assert_close(ours.eval()(x), peer.eval()(x).logits, atol=1e-4, rtol=1e-4)
    step, other = training_step(ours, x, labels), training_step(peer, x, labels)
    held(step, other, f"ResNet ({size}) beside transformers", record_property)


class SequentialBlock(nn.Module):
    """The same block as a user of torch writes it, with nothing in place."""

    def __init__(self, block: BasicBlock):
        super().__init__()
        parts = (block.conv1, block.norm1, nn.ReLU(), block.conv2, block.norm2)
        self.inside, self.shortcut = nn.Sequential(*parts), block.shortcut

    def forward(self, x):
        return F.relu(self.inside(x) + self.shortcut(x))


def test_the_lectures_resnet(record_property):
    ours, x, labels = cifar_resnet(3, channels=1, width=8), torch.randn(32, 1, 8, 8), torch.randint(10, (32,))
    copy = deepcopy(ours)
    stages = [SequentialBlock(block) for stage in copy.stages for block in stage]
    peer = as_usual(nn.Sequential(copy.stem, *stages, nn.AdaptiveAvgPool2d(1), nn.Flatten(), copy.classifier))
    torch.testing.assert_close(ours.eval()(x), peer.eval()(x))
    step, other = training_step(ours, x, labels), training_step(peer, x, labels)
    held(step, other, "ResNet-20 of the lecture beside torch", record_property)
