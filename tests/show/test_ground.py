"""What stands on the page is legible on a light and on a dark one; what stands on something opaque is left alone."""

import io

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from PIL import Image

from labkit.show.kit.ground import DARK, LIGHT, contrast, legible, use_any_ground
from labkit.show.kit.picture import on_page, png
from labkit.show.plots import bars, curves, heatmap
from labkit.show.style import COLOR


def legibly(color: str, least: float = 3.5) -> bool:
    return min(contrast(to_hex(color), page) for page in (LIGHT, DARK)) >= least


def drawn() -> tuple[Figure, object]:
    figure = Figure(figsize=(4, 3), layout="constrained")
    axes = figure.subplots()
    axes.set(xlim=(0, 10), ylim=(0, 10))
    return figure, axes


def test_contrast_is_that_of_wcag():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("color", ["#000000", "#FFFFFF", "#444444", *COLOR.values()])
def test_every_color_can_be_made_legible(color: str):
    made = legible(color)
    assert legibly(made)
    assert not legibly(color) or made == to_hex(color), "what is legible stays"


def test_words_and_lines_on_the_page_are_legible():
    figure, axes = drawn()
    axes.set(title="title", xlabel="x", ylabel="y")
    (line,) = axes.plot([0, 10], [0, 10], color="black", label="line")
    text = axes.text(1, 8, "word", color="#222222")
    pale = axes.text(5, 1, "word", color=COLOR["yellow"])
    arrow = axes.annotate("", (2, 2), (1, 5), arrowprops={"arrowstyle": "->", "color": "black"})
    bars = axes.errorbar(3, 3, [[1], [1]], color="#333333")[2][0]
    axes.legend()
    use_any_ground(figure)
    words = [text, pale, axes.title, axes.xaxis.label, *axes.get_xticklabels(), *axes.get_legend().get_texts()]
    assert all(legibly(word.get_color()) for word in words)
    seen = [
        line.get_color(),
        arrow.arrow_patch.get_edgecolor(),
        bars.get_color()[0],
        axes.spines["left"].get_edgecolor(),
    ]
    seen += [axes.get_legend().get_lines()[0].get_color(), axes.get_xticklines()[0].get_markeredgecolor()]
    assert all(contrast(to_hex(color), DARK) >= 2.5 for color in seen)


def test_words_on_boxes_dots_and_pictures_keep_their_colors():
    figure, axes = drawn()
    axes.bar([2], [8], color="#DDEEFF", width=2)
    axes.plot([6], [2], "o", markersize=30, color="white")
    axes.scatter([8], [8], s=900, color="#FFDD99")
    kept = [axes.text(x, y, "A", color="black", ha="center", va="center") for x, y in ((2, 4), (6, 2), (8, 8))]
    kept += [axes.text(4, 9, "boxed", color="black", bbox={"facecolor": "#FFEECC"})]
    beside = [axes.text(x, y, "A", color="black") for x, y in ((4, 4), (6, 5), (5, 7))]
    use_any_ground(figure)
    assert [text.get_color() for text in kept] == ["black"] * 4
    assert all(legibly(text.get_color()) for text in beside)
    figure = heatmap(np.eye(3), list("abc"), list("xyz"), "Identity")
    use_any_ground(figure)
    assert {text.get_color() for text in figure.axes[0].texts} == {"black", "white"}


def test_grounds_are_taken_out_and_colored_ones_stay():
    figure, axes = drawn()
    axes.set_facecolor("white")
    use_any_ground(figure)
    assert axes.get_facecolor()[3] == 0
    axes.set_facecolor("#123456")
    use_any_ground(figure)
    assert to_hex(axes.get_facecolor()) == "#123456"


@pytest.mark.parametrize("page", [LIGHT, DARK])
def test_a_figure_shows_its_axes_on_each_page(page: str):
    picture = Image.open(io.BytesIO(png(curves({"a": ([0, 1], [0, 1])}, "Title", "x", "y"))))
    seen = np.asarray(on_page(picture, page).convert("L"), dtype=int)
    ground = int(seen[2, 2])
    assert abs(ground - (255 if page == LIGHT else 17)) <= 1
    assert (np.abs(seen - ground) > 80).mean() > 0.005, "letters and lines stand out"


def test_a_bar_without_height_is_drawn_like_any_other():
    assert png(bars({"none": 0.0, "some": 2.0}, "Shares", "percent")).startswith(b"\x89PNG")
    assert png(bars({"none": 0.0}, "Shares", "percent")).startswith(b"\x89PNG")
