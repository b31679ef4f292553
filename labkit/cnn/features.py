"""What every layer of a model gives, and which pixels a unit really weighs.

Axes: b batch, c channels, h w rows and columns of the picture, o channels of a layer, y x its rows and columns.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn


def feature_maps(model: nn.Module, x: Float[Tensor, "b c h w"], layers: Sequence[str]) -> dict[str, Tensor]:
    """Run a model and return what the named layers gave, as `{"features.0": maps}`, with gradients to the picture.

    A later layer that works in place does not change what is returned. The model's mode stays what it is.
    Raises KeyError for a name that the model has not. Zeiler and Fergus 2013, https://arxiv.org/abs/1311.2901
    """
    modules = dict(model.named_modules())
    absent = [name for name in layers if name not in modules]
    if absent:
        raise KeyError(
            f"{type(model).__name__} has no layers {absent}: choose from {[name for name in modules if name]}"
        )
    found: dict[str, Tensor] = {}

    def keep(name: str):
        def hook(module: nn.Module, inputs: tuple, output: Tensor) -> None:
            found[name] = output.clone()

        return hook

    handles = [modules[name].register_forward_hook(keep(name)) for name in layers]
    try:
        model(x)
    finally:
        for handle in handles:
            handle.remove()
    return found


def pixel_weights(
    model: nn.Module, x: Float[Tensor, "1 c h w"], layer: str, channel: int, row: int, column: int
) -> Float[Tensor, "h w"]:
    r"""How strongly one unit answers to each pixel: $\sum_c |\partial u / \partial x_c|$, its effective field.

    Where a unit is switched off (a ReLU at zero) all are zero. The mode and the gradients of the model stay what they
    are. Luo et al. 2016, https://arxiv.org/abs/1701.04128
    """
    training = model.training
    model.eval()
    try:
        with torch.enable_grad():
            x = x.detach().clone().requires_grad_()
            unit = feature_maps(model, x, [layer])[layer][0, channel, row, column]
            return torch.autograd.grad(unit, x)[0][0].abs().sum(dim=0)
    finally:
        model.train(training)
