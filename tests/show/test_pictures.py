"""Plots, PNGs, the course's look, and pages without Jupyter."""

import base64
import io

import matplotlib as mpl
import nbformat
import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from nbclient import NotebookClient
from PIL import Image

from labkit.show.attention.explorer import AttentionExplorer, AttentionPanel
from labkit.show.kit.ground import DARK, LIGHT, contrast
from labkit.show.kit.page import to_html
from labkit.show.kit.picture import describe, looks_the_same, png
from labkit.show.plots import apart, bars, curves, heatmap
from labkit.show.style import COLOR, DIMENSION, DIMENSION_NAME, in_latex, use_course_style
from labkit.show.tiles import tiles

FIGURE = """
from labkit.show.style import use_course_style
use_course_style()
from labkit.show.plots import bars
bars({"one": 1, "two": 2}, "Two bars", "height")
"""


@pytest.mark.parametrize("letter", DIMENSION)
def test_dimensions_can_be_read_in_light_and_dark(letter):
    assert contrast(DIMENSION[letter], "#FFFFFF") >= 4.5
    assert contrast(DIMENSION[letter], "#111111") >= 3
    assert letter in DIMENSION_NAME
    assert in_latex(letter) == rf"\color{{{DIMENSION[letter]}}}{{{letter}}}"


def test_the_style_takes_the_page_for_its_ground():
    with mpl.rc_context():
        use_course_style()
        for ground in ("axes.facecolor", "savefig.facecolor"):
            assert mpl.rcParams[ground] == "none"
        for ink in ("text.color", "axes.titlecolor", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"):
            assert min(contrast(mpl.rcParams[ink], page) for page in (LIGHT, DARK)) >= 3.5
        assert mpl.rcParams["figure.dpi"] == 110
        assert mpl.rcParams["axes.prop_cycle"].by_key()["color"][0] == COLOR["blue"]


def test_pngs_are_small_have_no_ground_and_look_the_same():
    figure = curves({"a": (np.arange(50), np.arange(50) ** 2)}, "Squares", "n", "n²")
    made = png(figure)
    full = io.BytesIO()
    figure.savefig(full, format="png", facecolor="none", bbox_inches="tight", pad_inches=0.12)
    small = Image.open(io.BytesIO(made))
    assert small.mode == "P"
    assert small.convert("RGBA").getpixel((2, 2))[3] == 0
    assert looks_the_same(Image.open(full), small)
    assert len(made) < len(full.getvalue()) / 2


def test_a_picture_that_needs_its_colors_keeps_them():
    figure = Figure(figsize=(2, 2))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.imshow(np.random.default_rng(0).random((100, 100, 3)), interpolation="nearest")
    assert Image.open(io.BytesIO(png(figure))).mode in ("RGB", "RGBA")


def test_gray_pictures_with_words_beside_them_get_by_with_a_palette():
    pictures = np.linspace(0, 1, 10 * 28 * 28).reshape(10, 28, 28)
    assert Image.open(io.BytesIO(png(tiles({"real": pictures}, "All grays", "left to right")))).mode == "P"


def test_a_few_wrong_pixels_are_seen():
    white = np.full((100, 100, 3), 255, np.uint8)
    wrong = white.copy()
    wrong[0, :50] = 155
    assert looks_the_same(Image.fromarray(white), Image.fromarray(white))
    assert not looks_the_same(Image.fromarray(white), Image.fromarray(wrong))


def test_figures_say_what_they_show():
    assert describe(bars({"a": 1.0}, "Scores", "points")) == "Figure: Scores (points)"


def test_heatmap_has_names_numbers_and_a_color_bar():
    figure = heatmap(torch.eye(3), list("abc"), list("xyz"), "Identity", ("row", "column"))
    axes, bar = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == list("abc")
    assert [text.get_text() for text in axes.texts][:4] == ["1", "0", "0", "0"]
    assert len(bar.get_yticks()) > 2
    assert heatmap(np.array([[-3.0, 1.0]]), diverging=True).axes[0].images[0].get_clim() == (-3, 3)


def test_heatmap_refuses_what_does_not_fit():
    with pytest.raises(ValueError, match=r"shape \(2, 2, 2\)"):
        heatmap(np.zeros((2, 2, 2)))
    with pytest.raises(ValueError, match="3 names for 2 rows"):
        heatmap(np.zeros((2, 2)), rows=list("abc"))


def test_curves_are_labelled_at_their_ends_and_apart():
    figure = curves({name: ([0, 1], [0, 1 + n / 100]) for n, name in enumerate("abc")}, "T", "x", "y")
    places = [text.xy[1] for text in figure.axes[0].texts]
    assert [text.get_text() for text in figure.axes[0].texts] == list("abc")
    assert np.diff(sorted(places)).min() > 0.04
    np.testing.assert_allclose(apart([0.5, 0.5, 0.1], 0.1), [0.5, 0.6, 0.1])
    np.testing.assert_allclose(apart([1.0, 1.0], 0.1), [0.9, 1.0])


def test_log_axes_have_plain_numbers():
    figure = curves({"a": ([0, 1, 2], [0.3, 1, 4])}, "Loss", "step", "nats", log=True)
    figure.canvas.draw()
    axis = figure.axes[0].yaxis
    words = {label.get_text() for label in axis.get_majorticklabels() + axis.get_minorticklabels()}
    assert {"0.5", "1", "2"} <= words
    assert not any("10" in word and "^" in word for word in words)


def test_bars_have_numbers_and_intervals():
    axes = bars({"a": 0.5, "b": (0.9, 0.8, 0.95)}, "Exact match", "share").axes[0]
    assert [patch.get_height() for patch in axes.patches] == [0.5, 0.9]
    assert [text.get_text() for text in axes.texts] == ["0.5", "0.9"]
    (segment,) = axes.collections[0].get_segments()
    np.testing.assert_allclose(segment[:, 1], [0.8, 0.95])


def test_a_figure_in_a_notebook_is_one_small_png_with_words():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(FIGURE)])
    NotebookClient(notebook, timeout=60).execute()
    (output,) = notebook.cells[0].outputs
    assert output.data["text/plain"] == "Figure: Two bars (height)"
    assert output.metadata["image/png"]["alt"] == "Figure: Two bars (height)"
    assert Image.open(io.BytesIO(base64.b64decode(output.data["image/png"]))).mode == "P"


def test_a_page_stands_alone():
    panel = AttentionPanel(np.ones((1, 1, 1, 1)), ["</script>"], ["<b>"])
    page = to_html(AttentionExplorer({"one": panel}), "Attention", "Where every token looks </script>")
    assert "<title>Attention</title>" in page
    assert "look at" not in page.split("<script")[0]
    assert page.count("</script>") == 1
    assert "src=" not in page
    assert "http" not in page.replace("http://www.w3.org/", "")
    assert len(page) < 120_000
