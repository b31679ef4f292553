"""Killed in the middle, and two at once: the same marks as from one run that nobody disturbed."""

import time
from pathlib import Path

from course.grade.classes import count, scores, start
from course.grade.standin import HOUR_7, answer, solved, write


def class_of(folder: Path, students: int) -> Path:
    for number in range(students):
        kinds = [solved(), solved(*HOUR_7[1:]), [*solved(*HOUR_7[1:]), answer(HOUR_7[0], 0)]]
        write(folder / f"s{number:02}.ipynb", *kinds[number % 3], f"# student {number}")
    return folder


def test_kill_9_and_resume_is_as_if_nothing_had_happened(tmp_path: Path):
    folder, killed, whole = class_of(tmp_path / "class", 7), tmp_path / "killed", tmp_path / "whole"
    log, asked = tmp_path / "log", (folder, "--hour", "7", "--seed", "3", "--out")
    undisturbed = start(0.0, tmp_path / "log of the other", *asked, whole)
    running = start(0.3, log, *asked, killed)
    for done in (1, 4):
        while not log.exists() or count(killed, "results") < done:
            assert running.poll() is None, running.stdout.read()
            time.sleep(0.02)
        running.kill()
        running.communicate()
        assert not (killed / "grades.csv").exists()
        assert 0 < count(killed, "results") < 7
        running = start(0.3, log, folder, "--hour", "7", "--out", killed, "--resume")
    said, _ = running.communicate(timeout=120)
    other, _ = undisturbed.communicate(timeout=120)
    assert (running.returncode, undisturbed.returncode) == (0, 0), said + other
    assert (killed / "grades.csv").read_bytes() == (whole / "grades.csv").read_bytes()
    assert (killed / "report.md").read_bytes() == (whole / "report.md").read_bytes()
    assert count(killed, "results") == 7
    graded = log.read_text().split("\n")[:-1]
    assert len(graded) <= 7 + 2, "only what was being graded when it was killed is graded anew"
    assert len(set(graded)) == 7


def test_two_graders_share_a_store(tmp_path: Path):
    folder, out, log = class_of(tmp_path / "class", 6), tmp_path / "out", tmp_path / "log"
    both = [start(0.2, log, folder, "--hour", "7", "--seed", "3", "--out", out) for _ in range(2)]
    said = [process.communicate(timeout=120)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    graded = log.read_text().split("\n")[:-1]
    assert sorted(graded) == sorted(set(graded)), "nothing is graded twice"
    assert len(graded) == 6 == count(out, "results")
    assert set(scores(out).values()) == {16.0, 12.0, 12.5}
    assert count(out, "claims") == 0
