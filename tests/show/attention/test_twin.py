"""What the attention explorer computes twice, in Python and in the browser."""

import numpy as np
import pytest

from labkit.show.attention.entropy import mean_entropy, most
from labkit.show.attention.explorer import AttentionExplorer
from labkit.show.kit.packing import pack
from show.attention.examples import large, translation
from show.kit.node import MISSING, NODE, ask

pytestmark = pytest.mark.skipif(NODE is None, reason=MISSING)
MODULE = "attention/data.js"


@pytest.mark.parametrize(("encoding", "error"), [("float32", 1e-7), ("float16", 5e-4), ("uint8", 5e-3)])
def test_what_python_packs_the_browser_unpacks(encoding, error):
    values = np.random.default_rng(0).dirichlet(np.full(64, 0.3), size=8).astype(np.float32)
    decoded = "M.normalize(M.decode(Uint8Array.from(D), 'ENCODING'), 64).reduce((a, w) => [...a, w], [])"
    got = ask(MODULE, decoded.replace("ENCODING", encoding), list(pack(values, encoding)))
    np.testing.assert_allclose(np.reshape(got, values.shape), values, atol=error)


@pytest.mark.parametrize("panels", [translation, large])
def test_entropy_has_a_twin(panels):
    explorer = AttentionExplorer(panels())
    state = explorer.get_state()
    given = {name: state[name] for name in ("panels", "encoding")}
    given |= {name: list(state[name]) for name in ("weights", "masks")}
    expression = """M.unpack(D.panels, M.decode(Uint8Array.from(D.weights), D.encoding), Uint8Array.from(D.masks))
        .map(p => [M.mostEntropy(p), [...Array(p.shape[0] * p.shape[1]).keys()]
        .map(n => M.meanEntropy(M.headOf(p, Math.floor(n / p.shape[1]), n % p.shape[1]), p.keys.length))])"""
    for panel, (limit, bits) in zip(explorer.data.values(), ask(MODULE, expression, given), strict=True):
        assert limit == pytest.approx(most(panel.mask, len(panel.keys)))
        np.testing.assert_allclose(bits, mean_entropy(panel.weights).ravel(), atol=2e-3)
