"""The loss around a training run, on the plane in which the run moved most.

Axes: n snapshots of the weights, p weights, h rows and w columns of a grid.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.utils import parameters_to_vector, vector_to_parameters


@dataclass(frozen=True)
class Plane:
    """Two orthogonal directions of unit length in the space of all weights, through `origin`."""

    origin: Float[Tensor, " p"]
    directions: Float[Tensor, "2 p"]
    share: float  # of the run's squared way from the origin, what lies in the plane

    def coordinates(self, weights: Float[Tensor, "*n p"]) -> Float[Tensor, "*n 2"]:
        """Where weights lie on the plane, or below or above which point of it."""
        return (weights - self.origin) @ self.directions.T

    def weights(self, x: float, y: float) -> Float[Tensor, " p"]:
        """The weights at a point of the plane."""
        return self.origin + x * self.directions[0] + y * self.directions[1]


def plane_of(snapshots: Float[Tensor, "n p"]) -> Plane:
    """The plane through the last snapshot in which the way there lies best: its first two principal directions.

    Raises ValueError for fewer than three snapshots. Li et al. 2018, section 7, https://arxiv.org/abs/1712.09913
    """
    if len(snapshots) < 3:
        raise ValueError(f"a plane needs at least three snapshots of the weights, not {len(snapshots)}")
    origin = snapshots[-1]
    _, sizes, directions = torch.linalg.svd(snapshots - origin, full_matrices=False)
    return Plane(origin, directions[:2], (sizes[:2].square().sum() / sizes.square().sum()).item())


@torch.no_grad()
def loss_grid(
    model: nn.Module, loss: Callable[[], Tensor], plane: Plane, x: Float[Tensor, " w"], y: Float[Tensor, " h"]
) -> Float[Tensor, "h w"]:
    """`loss()` with the model's weights at every point of a grid on the plane; the model is left as it was."""
    parameters = list(model.parameters())
    before, buffers = parameters_to_vector(parameters), [buffer.clone() for buffer in model.buffers()]
    try:
        rows = []
        for b in y.tolist():
            for a in x.tolist():
                vector_to_parameters(plane.weights(a, b), parameters)
                rows.append(loss())
                _restore(model, buffers)  # batch norm in training mode has moved its running statistics
        return torch.stack(rows).view(len(y), len(x))
    finally:
        vector_to_parameters(before, parameters)
        _restore(model, buffers)


def _restore(model: nn.Module, buffers: list[Tensor]) -> None:
    for buffer, kept in zip(model.buffers(), buffers, strict=True):
        buffer.copy_(kept)
