"""What live curves compute twice, in Python and in the browser."""

import numpy as np
import pytest

from labkit.show.live.smoothing import smooth
from show.kit.node import MISSING, NODE, ask


@pytest.mark.skipif(NODE is None, reason=MISSING)
def test_smoothing_has_a_twin():
    values = np.random.default_rng(0).normal(size=200)
    np.testing.assert_allclose(ask("live/data.js", "M.smooth(D, 9)", values.tolist()), smooth(values, 9.0))
