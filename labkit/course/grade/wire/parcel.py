"""A task as a frame: cells, ids, and cases with their tensors. Written by the grader, read by the child it forked."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch

from labkit.course.check.spec import Case
from labkit.course.grade.wire.channel import Frame

PLAIN = (bool, int, float, str, type(None))


@dataclass(frozen=True)
class Job:
    """One exercise as the child gets it."""

    id: str
    names: tuple[str, ...]  # what an answer without its decorator may be called
    cases: list[Case]
    seconds: float


@dataclass(frozen=True)
class Parcel:
    """One submission as the child gets it. `hidden` and `lent` are addresses of references, the latter by id."""

    cells: tuple[str, ...]
    jobs: tuple[Job, ...]
    hidden: tuple[str, ...]
    lent: dict[str, str]
    names: dict[str, tuple[str, ...]]  # of the answers to all exercises of the hour, by id
    imports: dict[str, str]  # what the lecture's cells import: a name, and "module" or "module:name"


def pack(parcel: Parcel) -> tuple[Any, list[np.ndarray]]:
    """The document and arrays of a frame. Raises TypeError for a case that holds what cannot be written down."""
    arrays: list[np.ndarray] = []
    jobs = [
        {
            "id": job.id,
            "names": job.names,
            "seconds": job.seconds,
            "cases": [
                {field.name: _packed(getattr(case, field.name), arrays) for field in fields(Case)} for case in job.cases
            ],
        }
        for job in parcel.jobs
    ]
    rest = {field: getattr(parcel, field) for field in ("cells", "hidden", "lent", "names", "imports")}
    return rest | {"jobs": jobs}, arrays


def _packed(value: Any, arrays: list[np.ndarray]) -> Any:
    if type(value) in PLAIN:
        return value
    if isinstance(value, tuple | list):
        return {type(value).__name__: [_packed(part, arrays) for part in value]}
    if isinstance(value, dict):
        return {"dict": [[_packed(key, arrays), _packed(part, arrays)] for key, part in value.items()]}
    if isinstance(value, torch.Tensor):
        plain = value.detach().cpu()
        raw = plain.contiguous().view(torch.int16) if plain.dtype is torch.bfloat16 else plain
        arrays.append(raw.numpy())
        return {"tensor": len(arrays) - 1, "dtype": str(plain.dtype).removeprefix("torch.")}
    if isinstance(value, np.ndarray | np.generic):
        arrays.append(np.asarray(value))
        return {"array" if isinstance(value, np.ndarray) else "scalar": len(arrays) - 1}
    raise TypeError(
        f"a case holds a {type(value).__name__}: only tensors, arrays, numbers, text, lists and dicts travel"
    )


def unpack(frame: Frame) -> Parcel:
    """The same parcel again, in the child."""
    told = frame.document
    jobs = []
    for job in told["jobs"]:
        cases = [Case(**{name: _unpacked(part, frame.arrays) for name, part in case.items()}) for case in job["cases"]]
        jobs.append(Job(job["id"], tuple(job["names"]), cases, job["seconds"]))
    names = {id: tuple(names) for id, names in told["names"].items()}
    return Parcel(tuple(told["cells"]), tuple(jobs), tuple(told["hidden"]), told["lent"], names, told["imports"])


def _unpacked(value: Any, arrays: list[np.ndarray]) -> Any:
    if not isinstance(value, dict):
        return value
    if "tensor" in value:
        raw = torch.from_numpy(arrays[value["tensor"]])
        return raw.view(torch.bfloat16) if value["dtype"] == "bfloat16" else raw
    if "array" in value or "scalar" in value:
        return arrays[value["array"]] if "array" in value else arrays[value["scalar"]][()]
    if "dict" in value:
        return {_unpacked(key, arrays): _unpacked(part, arrays) for key, part in value["dict"]}
    kind, parts = next(iter(value.items()))
    return {"tuple": tuple, "list": list}[kind](_unpacked(part, arrays) for part in parts)
