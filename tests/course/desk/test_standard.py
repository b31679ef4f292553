"""The standard run beside a quick one, in a kernel as learners have it."""

import json
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from labkit.course.desk import standard
from labkit.course.press.execution import client_for

BEGIN = "from labkit.course.desk import standard\nstandard._stored = lambda hour: __import__('pathlib').Path({path!r})"
LESSON = "from labkit.course.desk.lesson import begin, claim\nlesson = begin(7, {profile!r})"
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
ROWS = {"text/plain": "✓ holds\n  accuracy  0.91", "text/html": "<b>0.91</b>"}


def solved() -> NotebookNode:
    """An executed solution: a result with all kinds of outputs, and a cell that is none."""
    output = nbformat.v4.new_output
    picture = output(
        "display_data", {"image/png": PICTURE, "text/plain": "Figure: loss"}, metadata={"image/png": {"alt": "loss"}}
    )
    outputs = [output("stream", text="accuracy 0.91\n"), picture, output("display_data", ROWS)]
    marked = nbformat.v4.new_code_cell("print('accuracy 0.10')", outputs=outputs, metadata={"tags": ["result"]})
    plain = nbformat.v4.new_code_cell("print('two')", outputs=[output("stream", text="not shown\n")])
    return nbformat.v4.new_notebook(cells=[marked, plain])


def run(folder: Path, profile: str, *code: str) -> list[NotebookNode]:
    """The cells, run below `begin` where `solved` is what is stored."""
    path = folder / "07_small.ipynb"
    nbformat.write(solved(), path)
    sources = [BEGIN.format(path=str(path)), LESSON.format(profile=profile), *code]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    with client_for(notebook) as client:
        client.execute()
    return notebook.cells[2:]


def test_a_short_run_shows_the_standard_result_below_its_own(tmp_path: Path):
    twice = LESSON.format(profile="quick")
    result, other, _, again = run(
        tmp_path, "quick", "print('accuracy 0.10')\n", "print('two')", twice, "print('accuracy 0.10')"
    )
    own, heading, text, picture, claimed = result.outputs
    assert own.text == "accuracy 0.10\n"
    assert standard.TITLE in heading.data["text/plain"]
    assert standard.TITLE in heading.data["text/html"]
    assert text.data == {"text/plain": "accuracy 0.91\n"}
    assert picture.data == {"image/png": PICTURE, "text/plain": "Figure: loss"}
    assert picture.metadata == {"image/png": {"alt": "loss"}}
    assert claimed.data == ROWS
    assert [output.text for output in other.outputs] == ["two\n"]
    assert len(again.outputs) == 5, "once, although begin has run twice"


def test_the_standard_run_stands_alone(tmp_path: Path):
    (result,) = run(tmp_path, "standard", "print('accuracy 0.10')")
    assert [output.text for output in result.outputs] == ["accuracy 0.10\n"]
    *_, result = run(tmp_path, "quick", LESSON.format(profile="standard"), "print('accuracy 0.10')")
    assert [output.text for output in result.outputs] == ["accuracy 0.10\n"]


def test_results_are_found_in_a_checkout_and_in_an_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    package = tmp_path / "site" / "labkit"
    package.mkdir(parents=True)
    monkeypatch.setattr(standard, "files", lambda module: package)
    assert standard._stored(7) is None
    for folder in (package / "solutions", package.parent / "solutions"):
        folder.mkdir()
        (folder / "07_small.ipynb").write_text(json.dumps(solved()))
        assert standard._stored(7) == folder / "07_small.ipynb"
        assert standard._stored(8) is None
