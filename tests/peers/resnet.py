"""Transformers' ResNet of the same shape as labkit's, with the same weights and running statistics."""

import torch
from torch import nn

from labkit.cnn.resnet import ResNet
from labkit.cnn.resnet_blocks import Bottleneck


def hugging_face_resnet(ours: ResNet) -> nn.Module:
    """`ResNetForImageClassification` with the weights of ours, copied module by module in the order of the layers."""
    from transformers import ResNetConfig, ResNetForImageClassification

    kind = type(ours.stages[0][0])
    width = ours.stem[0].out_channels
    peer = ResNetForImageClassification(
        ResNetConfig(
            num_channels=ours.channels,
            embedding_size=width,
            hidden_sizes=[width * 2**stage * kind.expansion for stage in range(len(ours.stages))],
            depths=[len(stage) for stage in ours.stages],
            layer_type="bottleneck" if kind is Bottleneck else "basic",
            num_labels=ours.classifier.out_features,
        )
    )
    embedder = peer.resnet.embedder.embedder
    pairs = [(ours.stem[0], embedder.convolution), (ours.stem[1], embedder.normalization)]
    for stage, theirs in zip(ours.stages, peer.resnet.encoder.stages, strict=True):
        for block, layer in zip(stage, theirs.layers, strict=True):
            for number, part in enumerate(layer.layer, start=1):
                pairs.append((getattr(block, f"conv{number}"), part.convolution))
                pairs.append((getattr(block, f"norm{number}"), part.normalization))
            if not isinstance(layer.shortcut, nn.Identity):
                pairs.append((block.shortcut[0], layer.shortcut.convolution))
                pairs.append((block.shortcut[1], layer.shortcut.normalization))
    pairs.append((ours.classifier, peer.classifier[1]))
    peer = peer.to(ours.classifier.weight.dtype)
    for mine, their in pairs:
        their.load_state_dict(mine.state_dict())
    return peer


@torch.no_grad()
def shake(model: nn.Module) -> nn.Module:
    """Give norms weights, biases and running statistics that are not ones and zeros, so that nothing hides."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.weight.uniform_(0.5, 1.5)
            module.bias.normal_(std=0.3)
            module.running_mean.normal_(std=0.3)
            module.running_var.uniform_(0.5, 1.5)
    return model
