"""A cell whose output depends on the profile, and is not marked, is found."""

import base64
import io

import nbformat
import numpy as np
import pytest
from nbformat import NotebookNode
from PIL import Image

import helpers.lectures as lectures
from helpers.comparing import differs, unmarked

PICTURE = np.full((80, 120), 255)


def output(text: str) -> NotebookNode:
    return nbformat.v4.new_output("stream", text=text)


def figure(values: np.ndarray) -> NotebookNode:
    out = io.BytesIO()
    Image.fromarray(values.astype(np.uint8)).save(out, "PNG")
    data = {"image/png": base64.b64encode(out.getvalue()).decode(), "text/plain": "Figure: loss"}
    return nbformat.v4.new_output("display_data", data)


def cell(*outputs: NotebookNode, source: str = "x", **metadata: list) -> NotebookNode:
    return nbformat.v4.new_code_cell(source, id="one", outputs=list(outputs), metadata=metadata)


@pytest.mark.parametrize(
    ("quick", "standard"),
    [
        ("accuracy 0.10", "accuracy 0.91"),
        ("12 steps", "1,200 steps"),
        ("0.0", "0.001"),
        ("loss 1e-3", "loss 1e-6"),
        ("Not measured in the quick profile: heads help", "✓ heads help"),
        ("one\ntwo 2", "one"),
    ],
)
def test_other_figures_or_words_differ(quick: str, standard: str):
    assert differs(cell(output(quick)), cell(output(standard)))
    assert differs(cell(output(quick)), cell(output(quick))) == ""


def test_the_last_digits_and_addresses_do_not_count():
    assert differs(cell(output("loss 0.1234 <f at 0xab>")), cell(output("loss 0.1240 <f at 0xcd>"))) == ""
    assert differs(cell(output("off by 3e-7")), cell(output("off by 5e-7"))) == ""


def test_another_picture_differs():
    other, noise = PICTURE.copy(), PICTURE.copy()
    other[20:60, 20:60] = 0
    noise[::7, ::7] -= 8
    assert differs(cell(figure(PICTURE)), cell(figure(other)))
    assert differs(cell(figure(PICTURE)), cell(figure(PICTURE), figure(PICTURE)))
    assert differs(cell(figure(PICTURE)), cell(figure(noise))) == ""


def test_marked_cells_and_what_the_learner_does_are_not_compared():
    def found(**metadata: list) -> list[str]:
        source = metadata.pop("source", "x")
        quick, standard = (cell(output(text), source=source, **metadata) for text in ("0.1", "0.9"))
        return unmarked(*(nbformat.v4.new_notebook(cells=[one]) for one in (quick, standard)))

    (told,) = found()
    assert told.startswith("one, 'x': it says 0.1 in the quick profile, and 0.9 in the standard one; mark the cell")
    assert found(tags=["result"]) == []
    assert found(source='@exercise("a.b")\ndef f(): ...') == []


def test_the_core_is_all_but_the_further_sections():
    markdown, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
    cells = [
        markdown("## 1. One", id="part"),
        markdown("### Further: a", id="further", metadata={lectures.COLLAPSED: True}),
        code("x = 1", id="within"),
        markdown("#### deeper", id="deeper"),
        markdown("words", id="words"),
        markdown("### Core again", id="again"),
        code("x", id="core"),
    ]
    kept = lectures.core(nbformat.v4.new_notebook(cells=cells)).cells
    assert [one.id for one in kept] == ["part", "again", "core"]
