"""What passes between grader and child: frames of a JSON text and arrays in NumPy's own format. Never a pickle.

A frame is four bytes, the lengths of the two parts, the text, the arrays one after the other. The grader's end believes
nothing: lengths, depth, counts, dtypes and shapes are checked before anything is built from them.
"""

import io
import json
import re
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

MARK, HEAD = b"lab1", struct.Struct("<4sII")
NPY = b"\x93NUMPY\x01\x00"
SHAPE = rb"\(((?:\d{1,10}, ?)*\d{0,10})\)"
DESCRIPTION = re.compile(
    rb"\{'descr': '([<|][biufc]\d{1,2})', 'fortran_order': (True|False), 'shape': " + SHAPE + rb", \} *\n"
)
DTYPES = {f"<{kind}" for kind in "i2 i4 i8 u2 u4 u8 f2 f4 f8 c8 c16".split()} | {"|b1", "|i1", "|u1"}
DEPTH, AXES = 12, 16


class ChannelError(ValueError):
    """What came through the channel is no frame, or is too large."""


@dataclass(frozen=True)
class Frame:
    """A text, read, and the arrays that it speaks of by number."""

    document: Any
    arrays: list[np.ndarray]


def write(document: Any, arrays: list[np.ndarray]) -> bytes:
    """One frame. The document says `{"array": 0}` and the like where an array belongs."""
    packed = [to_npy(array) for array in arrays]
    text = json.dumps({"document": document, "arrays": [len(part) for part in packed]}).encode()
    rest = b"".join(packed)
    return HEAD.pack(MARK, len(text), len(rest)) + text + rest


def to_npy(array: np.ndarray) -> bytes:
    """An array of plain numbers as the content of an .npy file. Raises ValueError for anything else."""
    buffer = io.BytesIO()
    little = np.asarray(array, dtype=array.dtype.newbyteorder("<"))
    np.lib.format.write_array(buffer, little, version=(1, 0), allow_pickle=False)
    return buffer.getvalue()


def from_npy(data: bytes) -> np.ndarray:
    """The array in an .npy file that nobody vouches for: its header is matched, not evaluated. Raises ChannelError."""
    if len(data) < 10 or not data.startswith(NPY):
        raise ChannelError("an array that is not in NumPy's format")
    start = 10 + struct.unpack("<H", data[8:10])[0]
    found = DESCRIPTION.fullmatch(data[10:start])
    if found is None or found[1].decode() not in DTYPES:
        raise ChannelError("an array with an unexpected header")
    shape = tuple(int(length) for length in found[3].split(b",") if length.strip())
    dtype = np.dtype(found[1].decode())
    count = 1
    for length in shape:
        count *= length
    if len(shape) > AXES or count * dtype.itemsize != len(data) - start:
        raise ChannelError("an array that is not as long as it says")
    order = "F" if found[2] == b"True" else "C"
    return np.frombuffer(data[start:], dtype).reshape(shape, order=order).copy()


def read_text(data: bytes, depth: int = DEPTH) -> Any:
    """A JSON text that nobody vouches for. Raises ChannelError."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ChannelError("a header that is no JSON") from error
    if _depth(document, depth) > depth:
        raise ChannelError("a header nested too deeply")
    return document


def _depth(document: Any, most: int) -> int:
    deepest, level = 0, [document]
    while level and deepest <= most:
        deepest += 1
        parts = [part.values() if isinstance(part, dict) else part for part in level if isinstance(part, dict | list)]
        level = [inner for part in parts for inner in part]
    return deepest


class Reader:
    """Takes bytes as they come, gives frames: of at most `limit` bytes, with text nested no deeper than `depth`."""

    def __init__(self, limit: int, depth: int = DEPTH):
        self.limit, self.depth, self.buffer = limit, depth, bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are complete with this data. Raises ChannelError."""
        self.buffer += data
        frames = []
        while (frame := self._next()) is not None:
            frames.append(frame)
        return frames

    def _next(self) -> Frame | None:
        if not MARK.startswith(self.buffer[:4]):
            raise ChannelError("something that is no result")
        if len(self.buffer) < HEAD.size:
            return None
        _, text, rest = HEAD.unpack(self.buffer[: HEAD.size])
        if text + rest > self.limit:
            raise ChannelError(f"more than {self.limit:,} bytes")
        end = HEAD.size + text + rest
        if len(self.buffer) < end:
            return None
        header = read_text(bytes(self.buffer[HEAD.size : HEAD.size + text]), self.depth)
        frame = _frame(header, bytes(self.buffer[HEAD.size + text : end]))
        del self.buffer[:end]
        return frame


def _frame(header: Any, rest: bytes) -> Frame:
    if not isinstance(header, dict) or set(header) != {"document", "arrays"} or not isinstance(header["arrays"], list):
        raise ChannelError("a header of another kind")
    lengths = header["arrays"]
    if any(type(length) is not int or length < 0 for length in lengths) or sum(lengths) != len(rest):
        raise ChannelError("arrays of other lengths than the header says")
    arrays, start = [], 0
    for length in lengths:
        arrays.append(from_npy(rest[start : start + length]))
        start += length
    return Frame(header["document"], arrays)
