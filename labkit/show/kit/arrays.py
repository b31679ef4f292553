"""Whatever array comes in, numpy goes on: `show` draws numpy and knows no framework."""

from typing import Any

import numpy as np


def to_numpy(array: Any) -> np.ndarray:
    """Return a numpy array from a tensor on any device and of any dtype, with gradient or not, or from lists."""
    if hasattr(array, "detach"):
        array = array.detach().cpu()
        if str(array.dtype) == "torch.bfloat16":  # numpy has no such type
            array = array.float()
    return np.asarray(array)
