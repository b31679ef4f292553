from pathlib import Path

import nbformat
import pytest

from labkit.course.press.claims import main, measure
from labkit.course.press.template import BuildError

CELLS = (
    "seed = 0",
    "from labkit.course.desk.lesson import claim",
    'claim("small", seed < 10, {"seed": seed})',
    'claim("even", seed % 2 == 0, {"seed": seed})',
    'print("✓ not a claim")',
)


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    cells[0].metadata["tags"] = ["parameters"]
    path = tmp_path / "07_small.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def test_each_seed_is_measured_and_a_claim_that_fails_is_told(notebook: Path):
    held, broken = measure(notebook, seed=2)
    assert [text.split("\n")[0] for text in held] == ["✓ small", "✓ even"]
    assert "seed 2" in held[0]
    assert broken == []
    held, broken = measure(notebook, seed=3)
    assert [text.split("\n")[0] for text in held] == ["✓ small"]
    assert broken == ["ClaimError: even (seed 3)"]


def test_one_seed_that_fails_is_enough(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, root: Path):
    monkeypatch.chdir(root)
    monkeypatch.setattr("labkit.course.press.claims.measure", lambda path, seed: (["✓ a"], ["b"] if seed == 1 else []))
    assert main([7], [0, 2]) == 0
    assert main([7], [0, 1, 2]) == 1
    assert "07_transformer, seed 1: 1 claims hold, 1 do not" in capsys.readouterr().out


def test_a_missing_notebook_is_told(tmp_path: Path):
    with pytest.raises(BuildError, match="run `labkit build` first"):
        measure(tmp_path / "missing.ipynb", 0)
