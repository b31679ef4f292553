"""Files of tensors in the safetensors format: the length of a header, the header in JSON, then all the numbers."""

import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

TYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}


def read_safetensors(path: str | Path) -> dict[str, Tensor]:
    """Return the tensors of a file by their names; they are read from the disk when they are first used.

    Raises ValueError if the file is something else, or has tensors of another type.
    Format: https://huggingface.co/docs/safetensors
    """
    path = Path(path)
    data = np.memmap(path, dtype=np.uint8, mode="c") if path.stat().st_size else np.zeros(0, np.uint8)
    size = int.from_bytes(data[:8].tobytes(), "little")
    if not 2 <= size <= len(data) - 8 or data[8] != ord("{"):
        raise ValueError(f"{path.name} is no safetensors file: its header is missing")
    try:
        header = json.loads(data[8 : 8 + size].tobytes())
    except ValueError:
        raise ValueError(f"{path.name} is no safetensors file: its header is not JSON") from None
    header.pop("__metadata__", None)
    return {name: _tensor(name, entry, data[8 + size :]) for name, entry in header.items()}


def _tensor(name: str, entry: dict, data: np.ndarray) -> Tensor:
    if entry["dtype"] not in TYPES:
        raise ValueError(f"{name} is of type {entry['dtype']}: only {list(TYPES)} are read")
    first, last = entry["data_offsets"]
    if last > len(data):
        raise ValueError(f"{name} ends at byte {last}, and there are only {len(data)}: the file was cut off")
    if first == last:
        return torch.empty(entry["shape"], dtype=TYPES[entry["dtype"]])
    return torch.frombuffer(data[first:last], dtype=TYPES[entry["dtype"]]).view(entry["shape"])
