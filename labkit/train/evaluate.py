"""Measuring a classifier: in evaluation mode, without gradients, batch by batch.

Axes: n rows, m labels (as many), k classes.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from jaxtyping import Float, Shaped
from torch import Tensor, nn

from labkit.nn.kinds import as_index


def accuracy(
    model: nn.Module, inputs: Shaped[Tensor, "n ..."], labels: Shaped[Tensor, " m"], batch: int = 500
) -> float:
    """Return the fraction of rows whose largest logit is the label's. The model's mode is restored afterwards.

    Raises ValueError where inputs and labels differ in length, or are empty.
    """
    logits = predict(model, inputs, batch)
    _check(logits, labels)
    return (logits.argmax(dim=-1) == labels.to(logits.device)).float().mean().item()


def mean_loss(
    model: nn.Module, inputs: Shaped[Tensor, "n ..."], labels: Shaped[Tensor, " m"], batch: int = 500
) -> float:
    """Return the mean cross-entropy in nats. Raises ValueError as `accuracy` does."""
    logits = predict(model, inputs, batch)
    _check(logits, labels)
    return F.cross_entropy(logits, as_index(labels, "labels").to(logits.device)).item()


def predict(model: nn.Module, inputs: Shaped[Tensor, "n ..."], batch: int = 500) -> Float[Tensor, "n k"]:
    """Return the model's logits, computed `batch` rows at a time on the device of its weights."""
    home = next((weights.device for weights in model.parameters()), inputs.device)
    with evaluation(model), torch.no_grad():
        return torch.cat([model(part.to(home)) for part in inputs.split(batch)])


@contextmanager
def evaluation(model: nn.Module) -> Iterator[None]:
    """Put a model, and each of its parts, into evaluation mode for a while; each gets its own mode back."""
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for module, training in modes.items():
            module.training = training


def _check(logits: Tensor, labels: Tensor) -> None:
    if labels.shape != logits.shape[:1] or not len(labels):
        raise ValueError(
            f"{len(logits)} rows of inputs and {len(labels)} labels, {tuple(labels.shape)}: each row needs one"
        )
