"""The pure functions of the ES modules under node, and against their twins in Python."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from attention_examples import large, translation
from labkit.show.attention import AttentionExplorer
from labkit.show.entropy import mean_entropy, most
from labkit.show.packing import pack
from labkit.show.smoothing import smooth

HERE = Path(__file__).parent
NODE = shutil.which("node")

pytestmark = pytest.mark.skipif(NODE is None, reason="NO NODE: install node to test the explorers' JavaScript")


def ask(module: str, expression: str, given: object) -> object:
    """What a JavaScript expression of module M and data D says."""
    code = (
        f"import {{ readFileSync }} from 'node:fs'; import {{ load }} from {json.dumps(str(HERE / 'load.mjs'))};"
        f"const M = await load({json.dumps(module)}), D = JSON.parse(readFileSync(0));"
        f"console.log(JSON.stringify({expression}));"
    )
    command = [NODE, "--input-type=module", "-e", code]
    run = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


@pytest.mark.parametrize("name", sorted(path.name.removesuffix(".test.mjs") for path in HERE.glob("*.test.mjs")))
def test_pure_functions(name):
    run = subprocess.run([NODE, "--test", HERE / f"{name}.test.mjs"], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize(("encoding", "error"), [("float32", 1e-7), ("float16", 5e-4), ("uint8", 5e-3)])
def test_what_python_packs_the_browser_unpacks(encoding, error):
    values = np.random.default_rng(0).dirichlet(np.full(64, 0.3), size=8).astype(np.float32)
    decoded = "M.normalize(M.decode(Uint8Array.from(D), 'ENCODING'), 64).reduce((a, w) => [...a, w], [])"
    got = ask("attention", decoded.replace("ENCODING", encoding), list(pack(values, encoding)))
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
    for panel, (limit, bits) in zip(explorer.data.values(), ask("attention", expression, given), strict=True):
        assert limit == pytest.approx(most(panel.mask, len(panel.keys)))
        np.testing.assert_allclose(bits, mean_entropy(panel.weights).ravel(), atol=2e-3)


def test_smoothing_has_a_twin():
    values = np.random.default_rng(0).normal(size=200)
    np.testing.assert_allclose(ask("live", "M.smooth(D, 9)", values.tolist()), smooth(values, 9.0))
