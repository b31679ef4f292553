import io
import time

import nbformat
import numpy as np
from PIL import Image

from labkit.course.press.outputs import clean, smaller

WIDGET = "application/vnd.jupyter.widget-view+json"


def notebook(*outputs):
    cell = nbformat.v4.new_code_cell("1", outputs=list(outputs), metadata={"execution": {"iopub.execute_input": "now"}})
    return nbformat.v4.new_notebook(
        cells=[cell], metadata={"widgets": {}, "language_info": {"name": "python", "version": "3.11.7"}}
    )


def shown(data: dict, kind: str = "display_data"):
    return nbformat.v4.new_output(kind, data=data, metadata={WIDGET: {}, "image/png": {"width": 3}})


def stream(text: str):
    return nbformat.v4.new_output("stream", name="stdout", text=text)


def cleaned(*outputs) -> list:
    made = notebook(*outputs)
    clean(made)
    assert made.metadata == {"language_info": {"name": "python"}}
    assert made.cells[0].metadata == {}
    assert made.cells[0].execution_count == 1
    return made.cells[0].outputs


def png(values: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(values.astype(np.uint8)).save(out, "PNG", dpi=(96, 96), compress_level=0)
    return out.getvalue()


def pixels(picture: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(picture)).convert("RGBA"), dtype=int)


def test_widgets_leave_their_picture_and_their_words():
    text = "IntSlider(value=0)"
    assert cleaned(shown({WIDGET: {"model_id": "1"}, "text/plain": text})) == []
    (kept,) = cleaned(shown({WIDGET: {"model_id": "1"}, "text/plain": "Head 1 looks at the year"}))
    assert kept.data == {"text/plain": "Head 1 looks at the year"}
    (kept,) = cleaned(shown({WIDGET: {}, "text/plain": text, "text/html": "<p>a table</p>"}))
    assert kept.data == {"text/plain": text, "text/html": "<p>a table</p>"}
    assert kept.metadata == {}


def test_scripts_and_what_nobody_shows_go():
    assert cleaned(shown({"application/javascript": "alert(1)"})) == []
    (kept,) = cleaned(shown({"text/html": "<SCRIPT>1</SCRIPT>", "text/plain": "words", "image/svg+xml": "<svg/>"}))
    assert kept.data == {"text/plain": "words"}


def test_addresses_and_paths_of_this_run_go():
    (kept,) = cleaned(stream("<f at 0x7f01> in /tmp/ipykernel_12/34.py:5"))
    assert kept.text == "<f> in <cell>:5"
    (kept,) = cleaned(shown({"text/plain": "<object object at 0xABCDEF>"}, "execute_result"))
    assert kept.data["text/plain"] == "<object object>"
    assert kept.execution_count == 1


def test_prints_that_follow_each_other_are_one():
    (kept,) = cleaned(stream("a"), stream("b\n"))
    assert kept.text == "ab\n"


def test_long_outputs_are_cleaned_quickly():
    began = time.process_time()
    for text in ("x" * 700_000, " " * 700_000, "ipykernel_ " + "x/" * 100_000):
        cleaned(stream(text))
    assert time.process_time() - began < 2


def test_a_figure_shrinks_and_looks_the_same():
    figure = np.full((120, 160, 4), 255)
    figure[20:60, 20:60, :3] = [0, 114, 178]
    figure[70:100, 30:150, :3] = np.linspace(0, 255, 120)[None, :, None]
    before = png(figure)
    after = smaller(before)
    assert len(after) < len(before) / 10
    change = np.abs(pixels(after) - pixels(before))
    assert change.max() <= 12
    assert change.mean() < 0.5
    assert smaller(before) == after
    assert Image.open(io.BytesIO(after)).info["dpi"][0] > 90


def test_a_picture_with_too_many_colors_is_kept_exactly():
    noise = np.random.default_rng(0).integers(0, 256, (60, 60, 3))
    after = smaller(png(noise))
    assert (pixels(after) == pixels(png(noise))).all()


def test_a_small_photograph_on_a_white_page_is_kept():
    page = np.full((300, 300, 3), 255)
    page[10:40, 10:40] = np.random.default_rng(0).integers(0, 256, (30, 30, 3))
    assert np.abs(pixels(smaller(png(page))) - pixels(png(page))).max() <= 12


def test_a_transparent_background_stays_transparent():
    figure = np.zeros((40, 40, 4))
    figure[10:20, 10:20] = [200, 30, 30, 255]
    alpha = pixels(smaller(png(figure)))[..., 3]
    assert alpha[0, 0] == 0
    assert alpha[15, 15] == 255
