import subprocess
import sys
from pathlib import Path

import pytest

from labkit.course.press.bench import Measured, main, measure, resident, table, write_between
from labkit.course.press.build import Course
from labkit.course.press.template import BuildError

GOOD = Measured("07_small", "solution", "standard", 59.0, 1400.0, 599.0)


def test_a_notebook_is_run_in_its_profile_and_watched(built: Course):
    run = measure(built.student_path("07_small"), "student", "quick")
    assert 0.5 < run.seconds < 60
    assert 100 < run.megabytes < 1500, "torch alone takes more than 100 MB"
    assert run.kilobytes == built.student_path("07_small").stat().st_size / 1000
    assert run.within


def test_a_cell_that_fails_is_told(course: Course):
    path = course.root / "notebooks" / "broken.ipynb"
    path.parent.mkdir()
    path.write_text(
        '{"cells": [{"cell_type": "code", "execution_count": null, "id": "a", "metadata": {}, "outputs": [],'
        ' "source": "profile / 0"}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
    )
    with pytest.raises(BuildError, match="TypeError"):
        measure(path, "student", "quick")
    with pytest.raises(BuildError, match="run `labkit build` first"):
        measure(path.with_name("missing.ipynb"), "student", "quick")


@pytest.mark.parametrize(("field", "value"), [("seconds", 60.1), ("megabytes", 1501.0), ("kilobytes", 601.0)])
def test_every_budget_counts(field: str, value: float):
    assert GOOD.within
    over = Measured(**vars(GOOD) | {field: value})
    assert not over.within
    assert "over budget" in table([over])
    assert not Measured(**vars(GOOD) | {"kind": "student", "seconds": 15.1}).within


def test_the_exit_code_and_the_readme_follow(built: Course, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.chdir(built.root)
    asked = []

    def measured(path: Path, kind: str, profile: str) -> Measured:
        asked.append((path.parent.name, kind, profile))
        return Measured(path.stem, kind, profile, 16.0, 500.0, 100.0)

    monkeypatch.setattr("labkit.course.press.bench.measure", measured)
    readme = tmp_path / "README.md"
    readme.write_text("before\n<!-- budgets -->\nold\n<!-- /budgets -->\nafter\n")
    assert main([7], readme=readme) == 1
    assert asked == [("solutions", "solution", "standard"), ("notebooks", "student", "quick")]
    lines = readme.read_text().split("\n")
    assert (lines[0], lines[1], lines[-3], lines[-2]) == ("before", "<!-- budgets -->", "<!-- /budgets -->", "after")
    assert "| 07_small (student)  | quick " in readme.read_text()
    assert "old" not in lines


def test_a_readme_without_markers_is_told(tmp_path: Path):
    readme = tmp_path / "README.md"
    readme.write_text("<!-- /budgets --> <!-- budgets -->")
    with pytest.raises(BuildError, match="around the place of the table"):
        write_between(readme, "table")


def test_memory_counts_the_children():
    code = "import time; block = bytearray(60_000_000); print('ready', flush=True); time.sleep(30)"
    spawn = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {code!r}])"
    with subprocess.Popen([sys.executable, "-c", spawn], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout.readline() == b"ready\n"
            assert resident(process.pid) > 60_000_000
        finally:
            import psutil

            for child in psutil.Process(process.pid).children(recursive=True):
                child.kill()
    assert resident(process.pid) == 0
