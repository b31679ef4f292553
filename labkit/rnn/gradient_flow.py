"""How much of a gradient reaches back through time.

Axes: b batch, t time steps, d width of the input, h hidden units.
"""

from collections.abc import Callable

import torch
from einops import rearrange
from jaxtyping import Float
from torch import Tensor

from labkit.rnn.recurrence import Cell


def gradient_norms(
    cell: Cell, x: Float[Tensor, "b t d"], loss: Callable[[Float[Tensor, "b h"]], Float[Tensor, " b"]] | None = None
) -> Float[Tensor, " t"]:
    r"""The length of $\partial \ell_T / \partial s_t$ for every step t, a mean over the batch.

    $\ell_T$ is a number for each row, made from the last hidden state; without a `loss` it is the dot product with a
    random direction of length 1. $s_t$ is all that is carried from t to t + 1: of an LSTM hidden state and cell
    together. The last value belongs to the last step.
    Bengio et al. 1994, https://doi.org/10.1109/72.279181; Pascanu et al. 2013, https://arxiv.org/abs/1211.5063
    """
    state, states = cell.zeros(x), []
    with torch.enable_grad():
        for read in rearrange(cell.input(x), "b t g -> t b g"):
            new = cell.step(read, state)[: cell.carried]
            if not new[0].requires_grad:
                new = tuple(part.requires_grad_() for part in new)
            state = tuple(part.view_as(part) for part in new)  # so that the cell does not get the hidden state's share
            states.append(state)
        direction = torch.nn.functional.normalize(torch.randn_like(state[0]), dim=-1)
        last = (state[0] * direction).sum(dim=-1) if loss is None else loss(state[0])
        parts = [part for state in states for part in state]
        found = torch.autograd.grad(last.sum(), parts, allow_unused=True)
    lengths = [torch.zeros(len(x), device=x.device) if g is None else g.square().sum(dim=-1) for g in found]
    return rearrange(torch.stack(lengths), "(t c) b -> t c b", c=cell.carried).sum(dim=1).sqrt().mean(dim=-1)


def spectral_radius(weight: Float[Tensor, "h h"]) -> float:
    """The largest absolute value of a square matrix's eigenvalues: by how much its powers grow, in the long run."""
    return torch.linalg.eigvals(weight.detach()).abs().max().item()


@torch.no_grad()
def set_spectral_radius(cell: Cell, radius: float) -> None:
    """Scale the recurrent matrix so that its spectral radius is `radius`.

    Raises ValueError for a negative radius, for a matrix that has no eigenvalue but 0, and for a cell with gates,
    whose recurrent weights are several matrices.
    """
    weight = cell.recurrent.weight
    if weight.shape[0] != weight.shape[1]:
        raise ValueError(
            f"the recurrent weights are {(*weight.shape,)}, not a square: this is for a cell without gates"
        )
    if radius < 0:
        raise ValueError(f"a spectral radius is at least 0, not {radius}")
    now = spectral_radius(weight)
    if now == 0:
        raise ValueError("the recurrent matrix has no eigenvalue but 0: no factor can give it another radius")
    weight.mul_(radius / now)
