"""Reading a notebook written by a stranger: its code and its hour. Outputs are stepped over, never loaded.

A file is mapped, not read; values of the keys `outputs`, `attachments` and `widgets` are skipped by searching for their
end, so 200 MB of outputs cost neither memory nor much time. What is left has a limit, and so has a zip's content.
"""

import hashlib
import io
import json
import lzma
import mmap
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

FILE_LIMIT = 500 * 2**20
TEXT_LIMIT = 10 * 2**20  # without outputs
ZIP_LIMIT, ZIP_MEMBERS = 64 * 2**20, 2000
ZIP_NOTEBOOKS = 34  # one of each hour
BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError, RuntimeError, EOFError, OSError)
BROKEN += (ValueError, KeyError, IndexError, OverflowError)  # what zipfile raises besides, on files that lie
CELLS = 5000
SKIPPED = re.compile(rb'"(?:outputs|attachments|widgets)"\s*+:\s*+')
STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
TOKEN = re.compile(STRING + rb"|[\[\]{}]", re.DOTALL)
SCALAR = re.compile(STRING + rb"|[^,\]}\s]*+", re.DOTALL)


class UnreadableError(ValueError):
    """A submission that cannot be read, and why, in words for the report."""


@dataclass(frozen=True)
class Notebook:
    """What of a notebook is graded: its code cells, in order."""

    cells: tuple[str, ...]
    hour: int | None = None  # as its metadata says
    note: str = ""

    @property
    def content(self) -> str:
        """A fingerprint of the code: running a notebook again does not change it."""
        return hashlib.sha256(json.dumps(self.cells).encode()).hexdigest()

    def hour_among(self, exercises: dict[str, int]) -> int | None:
        """The hour whose exercises (their hours by id) it speaks of most, else the one in its metadata."""
        text = "\n".join(self.cells)
        counts: dict[int, int] = {}
        for id, hour in exercises.items():
            counts[hour] = counts.get(hour, 0) + (f'"{id}"' in text or f"'{id}'" in text)
        best = max(counts, key=lambda hour: (counts[hour], hour == self.hour), default=None)
        return best if best is not None and counts[best] else self.hour


def read(path: Path, member: str = "") -> Notebook:
    """Read a notebook, or one in a zip. Raises UnreadableError, and OSError if the file cannot be had."""
    found = [notebook for name, notebook in read_all(path) if not member or name == member]
    if len(found) != 1:
        raise UnreadableError(f"the zip holds {len(found)} notebooks: hand in one, and not in a zip")
    return found[0]


def read_all(path: Path) -> list[tuple[str, Notebook]]:
    """The notebook of a file, or those of a zip, each with its name in the zip. Raises as `read` does."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    if path.is_symlink():
        raise UnreadableError("this is a symbolic link, and links are not followed: hand in the file itself")
    with open(os.open(path, flags), "rb") as file:
        info = os.fstat(file.fileno())
        if not stat.S_ISREG(info.st_mode):
            raise UnreadableError("this is not a plain file")
        if info.st_size == 0:
            raise UnreadableError("the file is empty")
        if info.st_size > FILE_LIMIT:
            raise UnreadableError(f"the file has {info.st_size / 2**20:.0f} MB, and {FILE_LIMIT // 2**20} are allowed")
        if path.suffix.lower() == ".zip":
            return [(name, parse(data)) for name, data in _unzipped(file)]
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return [("", parse(data))]


def _unzipped(file: io.BufferedReader) -> list[tuple[str, bytes]]:
    """The notebooks of a zip, as far as the limit reaches, whatever the zip says of its size."""
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            if len(members) > ZIP_MEMBERS:
                raise UnreadableError(f"the zip holds {len(members)} files: hand in the notebook alone")
            found = [m for m in members if _is_notebook(m.filename.replace("\\", "/"))]
            if not 1 <= len(found) <= ZIP_NOTEBOOKS:
                raise UnreadableError(f"the zip holds {len(found)} notebooks: hand in one, and not in a zip")
            unpacked = []
            for one in found:
                with archive.open(one) as member:
                    unpacked.append((one.filename, member.read(ZIP_LIMIT + 1)))
    except BROKEN as error:
        if isinstance(error, UnreadableError):
            raise
        raise UnreadableError(f"the zip cannot be opened ({error})") from error
    if sum(len(data) for _, data in unpacked) > ZIP_LIMIT:
        raise UnreadableError(f"the notebooks in the zip have more than {ZIP_LIMIT // 2**20} MB: a zip bomb?")
    return unpacked


def _is_notebook(name: str) -> bool:
    return name.lower().endswith(".ipynb") and not _hidden(name.split("/"))


def _hidden(parts: Collection[str]) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in parts)


def parse(data: bytes | mmap.mmap) -> Notebook:
    """A notebook from its bytes. Raises UnreadableError."""
    text = without_outputs(data)
    try:
        found = json.loads(text.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UnreadableError(f"this is not UTF-8 text ({error.reason} at byte {error.start})") from error
    except RecursionError as error:
        raise UnreadableError("this is no notebook: it is nested too deeply") from error
    except ValueError as error:
        raise UnreadableError(f"this is not a notebook: {str(error)[:120]}") from error
    if not isinstance(found, dict) or not isinstance(found.get("nbformat"), int):
        raise UnreadableError("this is not a notebook: it does not say which notebook format it has")
    return _notebook(found)


def without_outputs(data: bytes | mmap.mmap) -> bytes:
    """The text of a notebook with null in place of outputs, attachments and widget states. Raises UnreadableError."""
    parts, at, size = [], 0, 0
    while found := SKIPPED.search(data, at):
        size += found.end() - at
        if size > TEXT_LIMIT:
            break
        parts += [data[at : found.end()], b"null"]
        at = _after_value(data, found.end())
    if size + len(data) - at > TEXT_LIMIT:
        raise UnreadableError(f"without its outputs it still has more than {TEXT_LIMIT // 2**20} MB")
    return b"".join([*parts, data[at:]])


def _after_value(data: bytes | mmap.mmap, at: int) -> int:
    """Where the value that begins at a place ends."""
    if data[at : at + 1] not in (b"[", b"{"):
        return SCALAR.match(data, at).end()
    depth = 0
    for token in TOKEN.finditer(data, at):
        mark = data[token.start()]
        depth += (mark in b"[{") - (mark in b"]}")
        if depth == 0:
            return token.end()
    raise UnreadableError("this is not a whole notebook: the file ends in the middle of an output")


def _notebook(found: dict) -> Notebook:
    version = found["nbformat"]
    if version > 4:
        raise UnreadableError(f"notebook format {version} is not known here: save it as format 4")
    sheets = [found] if version == 4 else found.get("worksheets")
    lists = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)] if isinstance(sheets, list) else []
    if not lists or not all(isinstance(cells, list) for cells in lists):
        raise UnreadableError("this is not a notebook: it has no list of cells")
    cells = [cell for part in lists for cell in part]
    if len(cells) > CELLS:
        raise UnreadableError(f"it has {len(cells)} cells, and {CELLS} are allowed")
    code = [_source(cell, "source" if version == 4 else "input") for cell in cells if _is_code(cell)]
    metadata = found.get("metadata")
    ours = metadata.get("labkit") if isinstance(metadata, dict) else None
    hour = ours.get("hour") if isinstance(ours, dict) else None
    note = "" if version == 4 else f"it is in notebook format {version}, from before 2015, and was read as it is"
    return Notebook(tuple(code), hour if type(hour) is int else None, note)


def _is_code(cell: object) -> bool:
    return isinstance(cell, dict) and cell.get("cell_type") == "code"


def _source(cell: dict, key: str) -> str:
    source = cell.get(key, "")
    lines = source if isinstance(source, list) else [source]
    if not all(isinstance(line, str) for line in lines):
        raise UnreadableError("this is not a notebook: the source of a cell is not text")
    return "".join(lines).encode("utf-8", "replace").decode()
