import pytest
import torch
import torch.nn.functional as F
from torch import nn

from labkit.cnn.resnet import ResNet, SmallStem, cifar_resnet, resnet18, resnet34, resnet50
from labkit.cnn.resnet_blocks import BasicBlock, Bottleneck, PlainBlock, ZeroPadding
from peers.resnet import hugging_face_resnet, shake

LAYOUTS = {
    "resnet18": lambda: resnet18(classes=7),
    "resnet50": lambda: resnet50(classes=7),
    "small": lambda: ResNet(Bottleneck, (1, 2), width=8, channels=1, classes=3),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_matches_transformers(layout):
    """Logits, the maps of every stage and the features, with running statistics, in float64."""
    ours = shake(LAYOUTS[layout]()).double().eval()
    peer, x = hugging_face_resnet(ours).double().eval(), torch.randn(2, ours.channels, 48, 48).double()
    with torch.no_grad():
        theirs = peer(x, output_hidden_states=True)
        torch.testing.assert_close(ours(x), theirs.logits)
        for mine, their in zip(ours.maps(x), theirs.hidden_states, strict=True):
            torch.testing.assert_close(mine, their)
        torch.testing.assert_close(ours.features(x), peer.resnet(x).pooler_output.flatten(1))


@pytest.mark.parametrize("layout", ["resnet18", "small"])
def test_a_training_step_matches_transformers(layout):
    """Batch statistics, gradients, and the running statistics that the step leaves behind, in float64."""
    ours = shake(LAYOUTS[layout]()).double().train()
    peer, x = hugging_face_resnet(ours).double().train(), torch.randn(4, ours.channels, 64, 64).double()
    labels = torch.tensor([0, 1, 2, 0])
    F.cross_entropy(ours(x), labels).backward()
    peer(x, labels=labels).loss.backward()
    torch.testing.assert_close(ours.stem[0].weight.grad, peer.resnet.embedder.embedder.convolution.weight.grad)
    torch.testing.assert_close(ours.classifier.weight.grad, peer.classifier[1].weight.grad)
    block, layer = ours.stages[1][0], peer.resnet.encoder.stages[1].layers[0]
    torch.testing.assert_close(block.conv2.weight.grad, layer.layer[1].convolution.weight.grad)
    torch.testing.assert_close(block.shortcut[0].weight.grad, layer.shortcut.convolution.weight.grad)
    for mine, their in ((block.norm1, layer.layer[0]), (block.shortcut[1], layer.shortcut)):
        torch.testing.assert_close(mine.running_mean, their.normalization.running_mean)
        torch.testing.assert_close(mine.running_var, their.normalization.running_var)


@pytest.mark.parametrize(("blocks", "millions"), [(3, 0.27), (5, 0.46), (7, 0.66), (9, 0.85), (18, 1.7)])
def test_the_papers_counts_for_small_pictures(blocks, millions):
    model = cifar_resnet(blocks, shortcut=ZeroPadding)
    assert round(sum(p.numel() for p in model.parameters()) / 1e6, 1 if blocks == 18 else 2) == millions
    layers = [m for m in model.modules() if isinstance(m, nn.Conv2d | nn.Linear)]
    assert len(layers) == 6 * blocks + 2


def test_the_published_counts():
    """Those of every implementation of the three, classifier for 1,000 classes included."""
    for model, count in ((resnet18(), 11_689_512), (resnet34(), 21_797_672), (resnet50(), 25_557_032)):
        assert sum(p.numel() for p in model.parameters()) == count


@pytest.mark.parametrize("block", [BasicBlock, Bottleneck])
def test_a_block_that_adds_nothing_is_the_identity(block):
    """With the last norm's weight at zero, F is zero and what comes in goes out (it has been through a ReLU)."""
    layer, x = block(8, 8 // block.expansion), torch.rand(2, 8, 5, 5)
    nn.init.zeros_((layer.norm3 if block is Bottleneck else layer.norm2).weight)
    torch.testing.assert_close(layer(x), x)
    assert isinstance(layer.shortcut, nn.Identity)


def test_the_plain_block_is_the_basic_block_without_its_shortcut():
    basic, plain, x = BasicBlock(4, 4), PlainBlock(4, 4), torch.rand(2, 4, 6, 6)
    plain.load_state_dict(basic.state_dict())
    inside = basic.norm2(basic.conv2(F.relu(basic.norm1(basic.conv1(x)))))
    torch.testing.assert_close(basic(x), F.relu(x + inside))
    torch.testing.assert_close(plain(x), F.relu(inside))


@pytest.mark.parametrize("block", [BasicBlock, PlainBlock, Bottleneck])
def test_the_picture_that_came_in_is_left_as_it_was(block):
    """ReLUs and sums in place write into what the block made itself."""
    for layer in (block(8, 8 // block.expansion), block(8, 8, stride=2)):
        x = torch.randn(2, 8, 6, 6)
        before = x.clone()
        layer(x)
        torch.testing.assert_close(x, before, rtol=0, atol=0)


def test_zero_padding_takes_every_second_pixel_and_learns_nothing():
    shortcut, x = ZeroPadding(2, 5, 2), torch.randn(1, 2, 6, 6)
    assert not list(shortcut.parameters())
    torch.testing.assert_close(shortcut(x)[:, :2], x[:, :, ::2, ::2])
    assert (shortcut(x)[:, 2:] == 0).all()
    assert shortcut(x).shape == (1, 5, 3, 3)
    with pytest.raises(ValueError, match="not take 3 of them away"):
        ZeroPadding(5, 2, 1)


def test_stages_halve_the_picture_and_double_the_channels():
    model = ResNet(BasicBlock, (1, 1, 1), width=4, channels=1, classes=2, stem=SmallStem)
    assert [tuple(maps.shape[1:]) for maps in model.maps(torch.zeros(1, 1, 16, 16))] == [
        (4, 16, 16),
        (4, 16, 16),
        (8, 8, 8),
        (16, 4, 4),
    ]


def test_what_does_not_fit_is_said():
    with pytest.raises(ValueError, match="pictures of 3 channels, not 1"):
        cifar_resnet(1)(torch.zeros(1, 1, 8, 8))
    for depths in ((), (2, 0)):
        with pytest.raises(ValueError, match="at least one"):
            ResNet(BasicBlock, depths)


def test_learns_eight_pictures():
    torch.manual_seed(0)
    model, x, labels = cifar_resnet(1, channels=1, width=4), torch.rand(8, 1, 12, 12), torch.arange(8)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-2)
    for _ in range(40):
        loss = F.cross_entropy(model(x), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert (model(x).argmax(dim=-1) == labels).all()
    assert loss < 0.1
