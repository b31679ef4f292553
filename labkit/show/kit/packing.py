"""Attention weights as bytes, small enough for a notebook: sent once, then everything happens in the browser.

An explorer's state stays below 500 kB. float32 where it fits, then float16, then the square root in 8 bits: a step of
1/255 in the root is a step of 0.0005 in a weight of 1/64, where a plain 8-bit weight would jump by 0.004.
"""

import numpy as np
from jaxtyping import Float

BUDGET = 420_000  # bytes of weights; the rest of the 500 kB is for the code, the masks and the tokens
BYTES = {"float32": 4, "float16": 2, "uint8": 1}


def choose_encoding(weights: int) -> str:
    """Return the most exact encoding that fits this many weights into the budget, else say what to do."""
    for name, size in BYTES.items():
        if weights * size <= BUDGET:
            return name
    raise ValueError(
        f"{weights:,} attention weights are too many for one explorer (at most {BUDGET:,}): "
        "show fewer layers or heads (weights[:, :4]), or fewer tokens (weights[..., :64, :64])"
    )


def pack(weights: Float[np.ndarray, "..."], encoding: str) -> bytes:
    """Return weights between 0 and 1 as bytes; attention.js's `decode` is the way back."""
    if encoding == "uint8":
        return np.round(255 * np.sqrt(weights)).astype(np.uint8).tobytes()
    return weights.astype(np.dtype(encoding).newbyteorder("<")).tobytes()
