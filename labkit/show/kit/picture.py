"""A static picture beside everything that moves, so that a reader without a kernel sees something."""

import base64
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from labkit.show.kit.ground import DARK, LIGHT, use_any_ground

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def png(figure: Figure) -> bytes:
    """Return the figure as a PNG without a ground, with a palette of 256 colors where the eye sees no difference."""
    use_any_ground(figure)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", facecolor="none", bbox_inches="tight", pad_inches=0.12)
    image = Image.open(buffer).convert("RGBA")
    if image.getextrema()[3] == (255, 255):
        image = image.convert("RGB")
    chosen = next((small for small in smaller(image) if looks_the_same(image, small)), image)
    out = io.BytesIO()
    chosen.save(out, format="PNG", optimize=True)
    return out.getvalue()


def smaller(image: Image.Image) -> Iterator[Image.Image]:
    """Pictures with a palette, which take a third of the bytes; the first that looks the same is the one to take."""
    if image.mode == "RGB":
        yield image.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        return
    yield image.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    yield _two_palettes(image)


def _two_palettes(image: Image.Image, opaque: int = 216) -> Image.Image:
    """One palette for what is opaque, pictures for example, and a small one for the edges of letters and lines."""
    values = np.array(image)
    solid = values[..., 3] == 255
    values[solid] = 0
    colors = image.convert("RGB").quantize(opaque, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    edges = Image.fromarray(values).quantize(256 - opaque, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    entries = np.zeros((256, 4), dtype=np.uint8)
    for start, part in ((0, colors), (opaque, edges)):
        palette = np.array(part.getpalette("RGBA"), dtype=np.uint8).reshape(-1, 4)
        entries[start : start + len(palette)] = palette
    made = Image.fromarray(np.where(solid, np.asarray(colors), np.asarray(edges) + opaque).astype(np.uint8), "P")
    made.putpalette(entries[:, :3].tobytes())
    made.info["transparency"] = entries[:, 3].tobytes()
    return made


def looks_the_same(image: Image.Image, other: Image.Image) -> bool:
    """Whether two pictures of one size differ by less than two levels of 255 on average, and hardly anywhere by 24.

    Seen on a light page and on a dark one.
    """
    return all(_differ_little(on_page(image, page), on_page(other, page)) for page in (LIGHT, DARK))


def on_page(image: Image.Image, page: str) -> Image.Image:
    """Return what one sees of a picture on a page of this color."""
    ground = Image.new("RGBA", image.size, page)
    ground.alpha_composite(image.convert("RGBA"))
    return ground.convert("RGB")


def _differ_little(image: Image.Image, other: Image.Image) -> bool:
    distance = np.abs(np.asarray(image, dtype=np.int16) - np.asarray(other, dtype=np.int16)).max(-1)
    return bool(distance.mean() < 2 and (distance > 24).mean() < 0.002)


def describe(figure: Figure) -> str:
    """Return what a figure shows in one line, from its titles and axis labels."""
    heading = figure.get_suptitle()
    parts = [part for axes in figure.axes if axes.axison for part in [_describe_axes(axes)] if part]
    return "Figure: " + "; ".join([heading, *parts] if heading else parts or ["untitled"])


def _describe_axes(axes) -> str:
    title = axes.get_title("left") or axes.get_title("center")
    labels = " against ".join(label for label in (axes.get_ylabel(), axes.get_xlabel()) if label)
    return f"{title} ({labels})" if title and labels else title


def view_of(widget: Any) -> dict:
    """Return what tells a notebook to show a widget."""
    return {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}


def bundle(picture: bytes, text: str, view: dict | None = None) -> tuple[dict, dict]:
    """Return data and metadata for a notebook output: PNG, a sentence, and the live view if it is a widget."""
    data = {"image/png": base64.b64encode(picture).decode(), "text/plain": text}
    if view is not None:
        data[WIDGET_VIEW] = view
    return data, {"image/png": {"alt": text}}
