"""Published ResNet weights into labkit's model.

The format is that of Hugging Face's `microsoft/resnet-18` to `-152`: a file `model.safetensors`, or a folder with it.
"""

import re
from pathlib import Path

from labkit.cnn.resnet import ResNet
from labkit.data.safetensors import read_safetensors

STEM = {"0": "convolution", "1": "normalization"}
PART = {"conv": "convolution", "norm": "normalization"}


def resnet_weights(model: ResNet, path: str | Path) -> ResNet:
    """Load a checkpoint into a model of the same shape, batch norms' running statistics included; returns the model.

    Raises FileNotFoundError where there is no file, ValueError where names or shapes are not those of the model.
    """
    path = Path(path)
    path = path / "model.safetensors" if path.is_dir() else path
    if not path.is_file():
        raise FileNotFoundError(f"no checkpoint at {path}: expected a model.safetensors, or a folder with one")
    published, wanted = read_safetensors(path), model.state_dict()
    names = {ours: published_name(ours) for ours in wanted}
    absent = [name for name in names.values() if name not in published]
    extra = sorted(set(published) - set(names.values()))
    if absent or extra:
        raise ValueError(
            f"{path.name} is of another model: it lacks {absent[:3]} ({len(absent)} in all), and has {extra[:3]} "
            f"({len(extra)} in all) that labkit's has no place for. Are block and depths the same?"
        )
    for ours, name in names.items():
        if published[name].shape != wanted[ours].shape:
            raise ValueError(
                f"{name} has shape {tuple(published[name].shape)}, and the model's {ours} has "
                f"{tuple(wanted[ours].shape)}: are width and classes the same?"
            )
    model.load_state_dict({ours: published[name] for ours, name in names.items()})
    return model


def published_name(ours: str) -> str:
    """The checkpoint's name for one of our parameters: `stages.0.1.conv2.weight` has a longer one."""
    if ours.startswith("classifier."):
        return ours.replace("classifier.", "classifier.1.")
    stem = re.fullmatch(r"stem\.([01])\.(\w+)", ours)
    if stem:
        return f"resnet.embedder.embedder.{STEM[stem[1]]}.{stem[2]}"
    stage, block, part, rest = re.fullmatch(r"stages\.(\d+)\.(\d+)\.(\w+)\.(.+)", ours).groups()
    within = f"resnet.encoder.stages.{stage}.layers.{block}"
    if part == "shortcut":
        kind, name = rest.split(".")
        return f"{within}.shortcut.{STEM[kind]}.{name}"
    return f"{within}.layer.{int(part[-1]) - 1}.{PART[part[:-1]]}.{rest}"
