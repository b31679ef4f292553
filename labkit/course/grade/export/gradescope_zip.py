"""The autograder zip for Gradescope: labkit itself, the hours to grade, and the two scripts that Gradescope runs."""

import json
import zipfile
from collections.abc import Iterable
from pathlib import Path

from labkit.course.grade.errors import GradingError
from labkit.course.grade.marks.handout import exercises_of

SETUP = """#!/usr/bin/env bash
# Runs once, when Gradescope builds the image: a Python of 3.11 or newer, and labkit in a virtual environment.
set -euo pipefail
cd /autograder/source
export DEBIAN_FRONTEND=noninteractive
newest() {{ for name in python3.13 python3.12 python3.11 python3; do
  if command -v "$name" > /dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "$name"; return; fi; done; }}
apt-get update
if [ -z "$(newest)" ]; then
  apt-get install -y python3.12 python3.12-venv || apt-get install -y python3.11 python3.11-venv
else apt-get install -y python3-venv "$(newest)-venv" || true; fi
"$(newest)" -m venv /autograder/venv
export PIP_EXTRA_INDEX_URL="${{PIP_EXTRA_INDEX_URL:-{index}}}"  # where PyTorch publishes its CPU builds, if given
/autograder/venv/bin/python -m pip install --no-cache-dir --constraint constraints.txt .
"""
RUN = """#!/usr/bin/env bash
# Runs for each submission. What student code must not see stands neither in the environment nor in the folder.
root="${LABKIT_AUTOGRADER:-/autograder}"
cd "$root/source" || exit 1
export MPLBACKEND=agg LABKIT_PROGRESS=off
PYTHONPATH="$root/source" exec "${LABKIT_PYTHON:-$root/venv/bin/python}" -m labkit.course.grade.run.gradescope
"""
BESIDE = ("pyproject.toml", "README.md", "LICENSE", "LICENSE-lectures", "constraints.txt")
WHEN = (2020, 1, 1, 0, 0, 0)  # the same zip from the same kit


def write_zip(path: Path, hours: Iterable[int], index: str = "") -> None:
    """Write the zip for these hours. Raises GradingError without a checkout, LookupError for an unknown hour."""
    root = Path(__file__).parents[4]
    for hour in hours:
        exercises_of(hour)
    if not (root / "pyproject.toml").is_file():
        raise GradingError("this labkit is installed without its sources: run it from a checkout (pip install -e .)")
    if any(character in index for character in "\"'$`\\ \n"):
        raise GradingError(f"{index!r} is no address of a package index")
    part = path.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        _add(archive, "setup.sh", SETUP.format(index=index).encode(), 0o755)
        _add(archive, "run_autograder", RUN.encode(), 0o755)
        _add(archive, "hours.json", json.dumps(sorted(hours)).encode(), 0o644)
        for name in BESIDE:
            if (root / name).is_file():
                _add(archive, name, (root / name).read_bytes(), 0o644)
        for file in sorted((root / "labkit").rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                _add(archive, str(file.relative_to(root)), file.read_bytes(), 0o644)
    part.replace(path)


def _add(archive: zipfile.ZipFile, name: str, data: bytes, mode: int) -> None:
    info = zipfile.ZipInfo(name, WHEN)
    info.external_attr = (0o100000 | mode) << 16
    info.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(info, data)
