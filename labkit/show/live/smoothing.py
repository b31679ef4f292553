"""The trend of a noisy curve."""

import numpy as np
from jaxtyping import Float


def smooth(values: Float[np.ndarray, " steps"], span: float) -> Float[np.ndarray, " steps"]:
    r"""Return the exponentially weighted mean of all values so far, about the last `span` of them.

    $$m_n = \frac{\sum_{i \le n} \beta^{n-i} x_i}{\sum_{i \le n} \beta^{n-i}}, \quad \beta = 1 - 1 / \mathrm{span}$$

    Dividing by the sum of the weights keeps the start unbiased (Kingma and Ba 2015, section 3,
    https://arxiv.org/abs/1412.6980). A value that is not a number is passed over.
    """
    keep, total, weight = 1 - 1 / max(1.0, span), 0.0, 0.0
    out = np.empty(len(values), dtype=np.float64)
    for n, value in enumerate(values):
        if np.isfinite(value):
            total, weight = keep * total + value, keep * weight + 1
        out[n] = total / weight if weight else np.nan
    return out


def span_for(count: int) -> float:
    """Return how many values to smooth over: a fiftieth of them, and none where there are few."""
    return count / 50 if count >= 100 else 1.0
