"""The exact Wasserstein-1 distance between two small samples: what a critic estimates.

Axes: n points of each sample (m of the other, and the same), sample and other the shape of one point.
"""

import numpy as np
from jaxtyping import Float
from torch import Tensor


def wasserstein(one: Float[Tensor, " n *sample"], other: Float[Tensor, " m *other"]) -> float:
    r"""$W_1 = \min_\pi \frac1n \sum_i \|x_i - y_{\pi(i)}\|_2$: how far points travel on the cheapest way.

    $\pi$ runs over all pairings, and the best one is found exactly; the cost grows as $n^3$, so keep n below 2,000.
    Villani 2009, chapter 6, https://doi.org/10.1007/978-3-540-71050-9. Raises ValueError if the samples do not pair up.
    """
    return float(transport_plan(one, other)[1].mean())


def transport_plan(
    one: Float[Tensor, " n *sample"], other: Float[Tensor, " m *other"]
) -> tuple[np.ndarray, Float[np.ndarray, " n"]]:
    """Which point of `other` each point of `one` goes to, and how far that is."""
    from scipy.optimize import linear_sum_assignment
    from scipy.spatial.distance import cdist

    if one.shape != other.shape:
        raise ValueError(
            f"every point is paired with one other, so {tuple(one.shape)} and {tuple(other.shape)} should be alike"
        )
    distances = cdist(*(part.detach().cpu().double().flatten(start_dim=1).numpy() for part in (one, other)))
    rows, columns = linear_sum_assignment(distances)
    return columns, distances[rows, columns]
