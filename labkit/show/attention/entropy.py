"""How widely a distribution is spread, in bits."""

import numpy as np
from jaxtyping import Float


def entropy(weights: Float[np.ndarray, "*rows keys"]) -> Float[np.ndarray, "*rows"] | np.floating:
    r"""How widely a query looks, in bits: 0 if at one key only, $\log_2 n$ if at n keys alike.

    $$H(p) = -\sum_j p_j \log_2 p_j$$

    A row of zeros (a query whose keys are all masked) has entropy 0. Shannon 1948, section 6,
    https://doi.org/10.1002/j.1538-7305.1948.tb01338.x
    """
    logs = np.log2(weights, out=np.zeros_like(weights), where=weights > 0)
    return 0.0 - (weights * logs).sum(-1)  # 0 - x, and not -x, which shows as -0.0


def most(mask: np.ndarray | None, keys: int) -> float:
    """Return the greatest mean entropy that the mask leaves possible: every query looks at all it may see alike."""
    seen = np.full(1, keys) if mask is None else mask.sum(-1)
    return float(np.log2(seen[seen > 0]).mean()) if (seen > 0).any() else 0.0


def mean_entropy(weights: Float[np.ndarray, "*heads queries keys"]) -> Float[np.ndarray, "*heads"] | np.floating:
    """Return the mean over the queries that look anywhere at all."""
    looking = weights.sum(-1) > 0
    return entropy(weights).sum(-1) / np.maximum(looking.sum(-1), 1)
