"""What two runs of a notebook put out, compared: a cell whose output depends on the profile is marked as a result."""

import base64
import io
import re

import numpy as np
from nbformat import NotebookNode
from PIL import Image

NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?")
NOT_COMPARED = ("@exercise(", "score(", "score_so_far(", "begin(")  # these say what the learner has done, and where
RELATIVE, ABSOLUTE, GRAY = 0.02, 1e-4, 3.0  # differences between machines, in numbers and in levels of gray


def unmarked(quick: NotebookNode, standard: NotebookNode) -> list[str]:
    """The cells whose output in the quick run differs from the standard one, and that are not marked."""
    theirs = {cell.id: cell for cell in standard.cells}
    return [
        f"{cell.id}, {cell.source.partition(chr(10))[0]!r}: {what}; mark the cell `result=true`"
        for cell in quick.cells
        if cell.cell_type == "code" and cell.id in theirs and "result" not in cell.metadata.get("tags", [])
        for what in [differs(cell, theirs[cell.id])]
        if what and not any(call in cell.source for call in NOT_COMPARED)
    ]


def differs(one: NotebookNode, other: NotebookNode) -> str:
    """In what two runs of a cell differ, or an empty string."""
    texts = [_text(cell) for cell in (one, other)]
    if NUMBER.sub("#", texts[0]) != NUMBER.sub("#", texts[1]):
        return f"it says {texts[0][:200]!r} in the quick profile, and {texts[1][:200]!r} in the standard one"
    pairs = zip(*(map(_value, NUMBER.findall(text)) for text in texts), strict=True)
    far = [(a, b) for a, b in pairs if abs(a - b) > max(RELATIVE * max(abs(a), abs(b)), ABSOLUTE)]
    if far:
        return f"it says {far[0][0]:g} in the quick profile, and {far[0][1]:g} in the standard one"
    pictures = [_pictures(cell) for cell in (one, other)]
    for a, b in zip(*pictures, strict=True) if len(pictures[0]) == len(pictures[1]) else [(None, None)]:
        if a is None or np.abs(a - b).mean() > GRAY:
            return "it shows another picture in the quick profile than in the standard one"
    return ""


def _value(number: str) -> float:
    return float(number.replace(",", ""))


def _text(cell: NotebookNode) -> str:
    """What is printed and shown. A widget describes itself otherwise than its stored picture, and is left out."""
    found = []
    for output in cell.outputs:
        data = output.get("data", {})
        if not any("widget" in kind for kind in data) and not ("image/png" in data and "Figure" not in str(data)):
            found.append(output.get("text") or data.get("text/plain", ""))
    return re.sub(r" at 0x[0-9a-f]+", "", "\n".join(text.strip() for text in found if text.strip()))


def _pictures(cell: NotebookNode) -> list[np.ndarray]:
    """Each picture on white, in gray, small: what one sees from afar."""
    found = []
    for output in cell.outputs:
        data = output.get("data", {})
        if "image/png" in data and not any("widget" in kind for kind in data):
            picture = Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).convert("RGBA")
            page = Image.new("RGBA", picture.size, "white")
            page.alpha_composite(picture)
            found.append(np.asarray(page.convert("L").resize((160, 100)), dtype=float))
    return found
