from pathlib import Path

import nbformat
import pytest

from labkit.course.press.claims import Measured, drawn, main, measure
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
    even = measure(notebook, seed=2)
    assert [text.split("\n")[0] for text in even.held] == ["✓ small", "✓ even"]
    assert even.held[0].split("\n")[-1].split() == ["seed", "2"]
    assert even.broken == []
    assert even.claims == {"small": True, "even": True}
    odd = measure(notebook, seed=3)
    assert [text.split("\n")[0] for text in odd.held] == ["✓ small"]
    assert odd.broken == ["ClaimError: even (seed 3)"]
    assert odd.claims == {"small": True, "even": False}


def measured(path: Path, seed: int) -> Measured:
    """As if a claim held on even seeds only."""
    return Measured(["✓ a"], [] if seed % 2 == 0 else ["b"], {"a": True, "b": seed % 2 == 0})


def test_one_seed_that_fails_is_enough(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, root: Path):
    monkeypatch.chdir(root)
    monkeypatch.setattr("labkit.course.press.claims.measure", measured)
    assert main([7], [0, 2]) == 0
    assert main([7], [0, 1, 2]) == 1
    assert "07_transformer, seed 1: 1 claims hold, 1 do not" in capsys.readouterr().out


def test_fresh_seeds_are_drawn_and_shares_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture, root: Path
):
    monkeypatch.chdir(root)
    monkeypatch.setattr("labkit.course.press.claims.measure", measured)
    monkeypatch.setattr("labkit.course.press.claims.drawn", lambda count: [4, 5, 6][:count])
    assert main([7], [0], fresh=3) == 1
    lines = capsys.readouterr().out.split("\n")
    assert lines[lines.index("07_transformer") + 1 :][:2] == ["2 of 3  b", "3 of 3  a"]
    assert "07_transformer, seed 5: 1 claims hold, 1 do not" in lines
    assert main([7], [1], fresh=1) == 0, "the seeds named are not used"


def test_seeds_are_drawn_anew():
    one, other = drawn(5), drawn(5)
    assert len(set(one + other)) == 10
    assert all(0 <= seed < 2**31 for seed in one)


def test_a_missing_notebook_is_told(tmp_path: Path):
    with pytest.raises(BuildError, match="run `labkit build` first"):
        measure(tmp_path / "missing.ipynb", 0)
