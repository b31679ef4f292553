"""Cleaning what a notebook has put out, so that it can be published: pictures, text, HTML; small, always the same."""

import base64
import io
import re

import numpy as np
from nbformat import NotebookNode
from PIL import Image

KEPT = ("text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg")
WIDGET = "application/vnd.jupyter.widget-view+json"
ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
CELL_FILE = re.compile(r"[\w./\\:~-]{0,200}ipykernel_\d+[/\\]\d+\.py")
OBJECT = re.compile(r"^\w+\(.*\)$", re.DOTALL)  # how a widget prints itself


def clean(notebook: NotebookNode) -> None:
    """Clean all outputs in place, and forget counts and times that change from run to run."""
    notebook.metadata.pop("widgets", None)
    notebook.metadata["language_info"] = {"name": "python"}
    count = 0
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.metadata.pop("execution", None)
            count += 1
            cell["execution_count"] = count
            cell["outputs"] = [_output(output, count) for output in _joined(cell.outputs) if _keep(output)]


def _joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Prints that follow each other become one: how a stream is cut up depends on timing."""
    joined: list[NotebookNode] = []
    for output in outputs:
        if joined and output.output_type == "stream" == joined[-1].output_type and output.name == joined[-1].name:
            joined[-1]["text"] += output.text
        else:
            joined.append(output)
    return joined


def _keep(output: NotebookNode) -> bool:
    if output.output_type not in ("display_data", "execute_result"):
        return True
    kinds = {kind for kind in output.data if kind in KEPT and not _scripted(kind, output.data[kind])}
    bare_widget = WIDGET in output.data and kinds <= {"text/plain"} and OBJECT.match(output.data.get("text/plain", ""))
    return bool(kinds) and not bare_widget


def _scripted(kind: str, value: str) -> bool:
    return kind == "text/html" and "<script" in value.lower()


def _output(output: NotebookNode, count: int) -> NotebookNode:
    if output.output_type == "stream":
        output["text"] = _plain(output.text)
    if output.output_type in ("display_data", "execute_result"):
        data = {k: v for k, v in output.data.items() if k in KEPT and not _scripted(k, v)}
        output["data"] = NotebookNode({kind: _value(kind, value) for kind, value in data.items()})
        output["metadata"] = NotebookNode({k: v for k, v in output.metadata.items() if k in data})
        output.pop("transient", None)
    if output.output_type == "execute_result":
        output["execution_count"] = count
    return output


def _value(kind: str, value: str) -> str:
    if kind == "image/png":
        return base64.b64encode(smaller(base64.b64decode(value))).decode()
    return _plain(value) if kind.startswith("text/") else value


def _plain(text: str) -> str:
    text = ADDRESS.sub("", text)
    return CELL_FILE.sub("<cell>", text) if "ipykernel_" in text else text  # looked for first: the pattern is slow


def smaller(png: bytes) -> bytes:
    """The same picture in fewer bytes: 256 colors where nobody sees the difference, without the writer's signature."""
    with Image.open(io.BytesIO(png)) as opened:
        dpi, picture = opened.info.get("dpi"), opened.convert("RGBA")
    candidates = [png, _saved(picture, dpi)]
    palette = picture.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    change = np.abs(np.asarray(palette.convert("RGBA"), dtype=int) - np.asarray(picture, dtype=int))
    if change.mean() < 0.5 and np.quantile(change, 0.999) <= 12:
        candidates.append(_saved(palette, dpi))
    return min(candidates, key=len)


def _saved(picture: Image.Image, dpi: tuple[float, float] | None) -> bytes:
    if picture.mode == "RGBA" and picture.getextrema()[3] == (255, 255):
        picture = picture.convert("RGB")
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True, **({"dpi": dpi} if dpi else {}))
    return out.getvalue()
