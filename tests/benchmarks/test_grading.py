"""Grading 20 submissions to Hour 7 beside nbgrader's autograde on the same; and a large class beside a small."""

import ctypes
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from labkit.course.press.build import Course, for_nbgrader
from labkit.course.press.source import parse

pytestmark = [pytest.mark.benchmark, pytest.mark.filterwarnings("default")]
NAME = "07_transformer"
ROOT = Path(__file__).parents[2]
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER, Linux
HEAVY = ("fit(", "train(", "lesson.pick(", "translate(", "claim(")  # cells of the lecture beside the exercises
SLIPS = [(0, " / math.sqrt(query.shape[-1])", ""), (0, "~mask", "mask"), (1, ".transpose(1, 2).flatten", ".flatten"),
         (2, "angle.cos()", "angle.sin()"), (3, ".tril()", ".triu()"),
         (3, "target[:, 1:]", "target[:, :-1]")]  # fmt: skip


def answers(number: int) -> dict[int, str]:
    """What student `number` writes: 6 are right, 6 have a slip, 3 are blank, 2 have a syntax error, 3 did half."""
    lecture = parse(ROOT / "solutions" / f"{NAME}.py")
    right = [cell.text for cell in lecture.cells if "exercise" in cell.options]
    found = dict(enumerate(right))
    if 6 <= number < 12:
        place, old, new = SLIPS[number - 6]
        assert old in right[place]
        found[place] = right[place].replace(old, new)
    elif 12 <= number < 15:
        return {}
    elif 15 <= number < 17:
        found[number - 15] = right[number - 15] + "\n    (("
    elif number >= 17:
        return {place: right[place] for place in range(number - 16)}
    return found


def hand_in(released: Path, path: Path, number: int, heavy: bool = True) -> None:
    """The released notebook with a student's answers. Without `heavy`, cells that train are left out."""
    notebook = json.loads(released.read_text())
    places = [cell for cell in notebook["cells"] if "".join(cell["source"]).startswith("@exercise")]
    for place, text in answers(number % 20).items():
        places[place]["source"] = text + f"\n# {number}"
    if not heavy:
        light = [cell for cell in notebook["cells"] if not any(word in "".join(cell["source"]) for word in HEAVY)]
        notebook["cells"] = light
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook))


def measured(command: list[str], folder: Path) -> tuple[float, float, float]:
    """Seconds, CPU seconds, and the most memory (MB, shared pages counted once) of a command and its children."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(ROOT), "LABKIT_PROFILE": "quick",
                                "LABKIT_PROGRESS": "off", "IPYTHONDIR": str(folder / ".ipython")}  # fmt: skip
    ctypes.CDLL(None).prctl(SUBREAPER, 1)  # what the command leaves to end on its own is waited for, and counted
    before, start, peak = os.times(), time.perf_counter(), 0.0
    with (folder / "log").open("a") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
        family = psutil.Process(process.pid)
        while process.poll() is None:
            peak = max(peak, _memory(family))
            time.sleep(0.1)
    took = time.perf_counter() - start
    while psutil.Process().children():
        os.wait()
    after = os.times()
    assert process.returncode == 0, (folder / "log").read_text()[-3000:]
    spent = after.children_user + after.children_system - before.children_user - before.children_system
    return took, spent, peak


def _memory(family: psutil.Process) -> float:
    total = 0
    try:
        for member in [family, *family.children(recursive=True)]:
            total += member.memory_full_info().pss
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return 0.0
    return total / 2**20


def ours(folder: Path, submissions: Path, out: str, workers: int = 1) -> tuple[float, float, float]:
    shutil.rmtree(folder / out, ignore_errors=True)
    command = [sys.executable, "-m", "labkit.course.cli", "grade", str(submissions), "--hour", "7", "--out", out]
    return measured([*command, "--workers", str(workers)], folder)


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which nbgrader has released Hour 7."""
    folder = tmp_path_factory.mktemp("course")
    course = Course(ROOT)
    for_nbgrader(course, *course.sources([7]), folder)
    measured([sys.executable, "-m", "nbgrader", "generate_assignment", NAME, "--create"], folder)
    return folder


@pytest.mark.timeout(900)
def test_twenty_submissions_beside_nbgrader(released: Path, record_property):
    source = released / "release" / NAME / f"{NAME}.ipynb"
    for number in range(20):
        hand_in(source, released / "submitted" / f"s{number:02}" / NAME / f"{NAME}.ipynb", number, heavy=False)
    nothing = measured([sys.executable, "-m", "labkit.course.cli", "grade", "--help"], released)[0]
    found = {f"labkit, {workers} worker{'s' * (workers > 1)}": ours(released, released, f"out{workers}", workers)
             for workers in (1, 2)}  # fmt: skip
    autograde = [sys.executable, "-m", "nbgrader", "autograde", NAME]
    found["nbgrader autograde"] = measured(autograde, released)
    print(f"\n20 submissions to Hour 7, without the cells that train; starting Python takes {nothing:.1f} s")
    for name, (seconds, spent, peak) in found.items():
        record_property(name, seconds / 20)
        print(f"{name:20s} {seconds / 20:.2f} s each, {spent / 20:.2f} s of CPU each, {peak:.0f} MB at most")
    first, _, theirs = (times[0] / 20 for times in found.values())
    assert (released / "out1" / "grades.csv").read_text().count("\n") == 21
    assert first <= 0.5
    assert theirs / first >= 4.0


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("workers", [2])
def test_a_large_class_beside_a_small_one(workers: int, released: Path, tmp_path: Path, record_property):
    source, found = released / "release" / NAME / f"{NAME}.ipynb", {}
    for size in (100, int(os.environ.get("LABKIT_CLASS", "1000"))):
        for number in range(size):
            hand_in(source, tmp_path / f"class{size}" / f"s{number:04}.ipynb", number)
        found[size] = ours(tmp_path, tmp_path / f"class{size}", f"out{size}", workers)
        seconds, spent, peak = found[size]
        record_property(str(size), seconds)
        print(
            f"\n{size} submissions: {seconds:.0f} s, {seconds / size:.3f} s each, {spent:.0f} s of CPU, {peak:.0f} MB"
        )
    small, large = found.values()
    size = max(found)
    assert large[0] / size <= 1.15 * small[0] / 100, "time grows linearly"
    assert large[2] <= 1.1 * small[2] + 30, "memory does not grow with the class"
