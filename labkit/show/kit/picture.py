"""A static picture beside everything that moves, so that a reader without a kernel sees something."""

import base64
import io
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def png(figure: Figure) -> bytes:
    """Return the figure as PNG bytes on white, with a palette of 256 colors where the eye sees no difference."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", facecolor="white", bbox_inches="tight", pad_inches=0.12)
    image = Image.open(buffer).convert("RGB")
    small = image.quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    chosen = small if looks_the_same(image, small.convert("RGB")) else image
    out = io.BytesIO()
    chosen.save(out, format="PNG", optimize=True)
    return out.getvalue()


def looks_the_same(image: Image.Image, other: Image.Image) -> bool:
    """Whether two pictures of one size differ by less than two levels of 255 on average, and hardly anywhere by 24."""
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
