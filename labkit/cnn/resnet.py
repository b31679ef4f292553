"""Residual networks: layers that add to what is there, so that a hundred of them can be trained.

Axes: b batch, c channels, h w rows and columns, y x rows and columns further up, f features, k classes.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from labkit.cnn.pooling import global_avg_pool2d
from labkit.cnn.resnet_blocks import BasicBlock, Block, Bottleneck, Projection, Shortcut


class Stem(nn.Sequential):
    """How a photograph of 224 x 224 enters: a 7x7 convolution and a maximum, each with stride 2.

    He et al. 2015, table 1, https://arxiv.org/abs/1512.03385
    """

    def __init__(self, channels: int, width: int):
        super().__init__(
            nn.Conv2d(channels, width, 7, stride=2, padding=3, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(3, stride=2, padding=1),
        )


class SmallStem(nn.Sequential):
    """How a picture of 32 x 32 enters: a 3x3 convolution that keeps its size.

    He et al. 2015, section 4.2, https://arxiv.org/abs/1512.03385
    """

    def __init__(self, channels: int, width: int):
        super().__init__(
            nn.Conv2d(channels, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)
        )


class ResNet(nn.Module):
    r"""Stages of residual blocks, each on half the pixels with twice the channels, a mean, and one linear layer.

    $$x_{l+1} = \mathrm{ReLU}(x_l + F(x_l, W_l))$$

    `depths` are the numbers of blocks in a stage; `width` is the first stage's number of filters, and doubles. The
    first stage keeps the size of what the stem gives. Takes pictures of any size that survives the strides.
    Raises ValueError for no stages, a stage without blocks, or pictures with another number of channels.
    He et al. 2015, https://arxiv.org/abs/1512.03385
    """

    def __init__(
        self,
        block: Block,
        depths: Sequence[int],
        width: int = 64,
        channels: int = 3,
        classes: int = 1000,
        stem: type[Stem] | type[SmallStem] = Stem,
        shortcut: Shortcut = Projection,
    ):
        super().__init__()
        if not depths or min(depths) < 1:
            raise ValueError(f"every stage has at least one block, and there is at least one stage, not {list(depths)}")
        self.channels, self.stem = channels, stem(channels, width)
        self.stages, wide = nn.ModuleList(), width
        for number, depth in enumerate(depths):
            filters, stride, blocks = width * 2**number, 1 if number == 0 else 2, []
            for place in range(depth):
                blocks.append(block(wide, filters, stride if place == 0 else 1, shortcut))
                wide = filters * block.expansion
            self.stages.append(nn.Sequential(*blocks))
        self.classifier = nn.Linear(wide, classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        self.to(memory_format=torch.channels_last)  # the layout in memory that fused convolutions are fastest on

    def maps(self, x: Float[Tensor, "b c h w"]) -> list[Float[Tensor, "b f y x"]]:
        """What the stem gives, and what each stage gives."""
        if x.shape[1] != self.channels:
            raise ValueError(f"this ResNet takes pictures of {self.channels} channels, not {x.shape[1]}")
        found = [self.stem(x)]
        for stage in self.stages:
            found.append(stage(found[-1]))
        return found

    def features(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b f"]:
        """What the classifier reads: the mean of each channel of the last stage."""
        return global_avg_pool2d(self.maps(x)[-1])

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b k"]:
        return self.classifier(self.features(x))


def resnet18(classes: int = 1000, channels: int = 3) -> ResNet:
    """18 layers: 2 + 2 + 2 + 2 basic blocks. He et al. 2015, table 1, https://arxiv.org/abs/1512.03385."""
    return ResNet(BasicBlock, (2, 2, 2, 2), channels=channels, classes=classes)


def resnet34(classes: int = 1000, channels: int = 3) -> ResNet:
    """34 layers: 3 + 4 + 6 + 3 basic blocks. He et al. 2015, table 1, https://arxiv.org/abs/1512.03385."""
    return ResNet(BasicBlock, (3, 4, 6, 3), channels=channels, classes=classes)


def resnet50(classes: int = 1000, channels: int = 3) -> ResNet:
    """50 layers: 3 + 4 + 6 + 3 bottlenecks. He et al. 2015, table 1, https://arxiv.org/abs/1512.03385."""
    return ResNet(Bottleneck, (3, 4, 6, 3), channels=channels, classes=classes)


def cifar_resnet(
    blocks: int = 3,
    classes: int = 10,
    channels: int = 3,
    width: int = 16,
    block: Block = BasicBlock,
    shortcut: Shortcut = Projection,
) -> ResNet:
    """The family for small pictures: three stages of `blocks` each, 6 `blocks` + 2 layers in all (3: ResNet-20).

    The paper's own have `shortcut=ZeroPadding`. He et al. 2015, section 4.2, https://arxiv.org/abs/1512.03385
    """
    return ResNet(block, (blocks,) * 3, width, channels, classes, SmallStem, shortcut)
