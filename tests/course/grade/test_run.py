"""`labkit grade` over a class: what it says, what it writes, and what it does a second time."""

import json
from pathlib import Path

import pytest

from course.grade.classes import EXPECTED, rows, scores, seed_in, small
from course.grade.standin import HOUR_7, solved, write
from labkit.course.cli import main

pytestmark = pytest.mark.usefixtures("trusting")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


FRESH = ""


def grade(folder: Path, out: Path, *more: str) -> int:
    seed = [] if {"--seed", "--resume", FRESH} & set(more) else ["--seed", "3"]
    return main(["grade", str(folder), "--hour", "7", "--out", str(out), *seed, *(word for word in more if word)])


def test_a_class_is_graded(tmp_path: Path, out: Path, capsys: pytest.CaptureFixture):
    folder = small(tmp_path / "class")
    (folder / "eve.docx").write_bytes(b"x")
    assert grade(folder, out) == 1, "somebody needs a look"
    said, told = capsys.readouterr()
    assert "plain layout, 4 notebooks of hour 7" in said
    assert "12.5 of 16" in said
    assert "look at: eve: eve.docx: this is not a notebook" in said
    assert "4 of 4 graded" in told
    found = rows(out)
    assert list(found[0]) == ["student", "hour", "score", "max_score", *HOUR_7]
    assert found[1] == dict(zip(found[0], ["bob", "7", "12.5", "16", "0.5", "3", "3", "3", "3"], strict=True))
    assert found[4]["student"] == "eve"
    assert found[4]["score"] == "", "no mark is no 0"
    assert {row["student"]: float(row["score"]) for row in found[:4]} == EXPECTED
    assert {path.name for path in (out / "feedback").iterdir()} == {
        f"{s}.{e}" for s in EXPECTED for e in ("html", "md")
    }
    assert "16 of 16 points" in (out / "feedback" / "alice.html").read_text()
    assert json.loads((out / "results" / "bob.json").read_text())["score"] == 12.5


def test_the_report_tells_of_the_class(tmp_path: Path, out: Path, capsys: pytest.CaptureFixture):
    folder = small(tmp_path / "class")
    write(folder / "eve.ipynb", "x", hour=33)
    grade(folder, out)
    text, page = (out / "report.md").read_text(), (out / "report.html").read_text()
    assert "4 graded; mean 9.38, median 10.75, lowest 0, highest 16 of 16 points." in text
    assert "| Scaled dot-product attention (transformer.attend) | 1 (25%) | 1 | 2 | 1.12 of 4 |" in text
    assert "| transformer.attend | The scores are not scaled | 1 |" in text
    assert "eve: eve.ipynb: this is a notebook of hour 33" in text
    assert seed_in(text) == seed_in(page) == seed_in(capsys.readouterr().out)
    pictures = {path.name for path in (out / "report").iterdir()}
    assert pictures == {"hour-7-marks.png", "hour-7-exercises.png", "hour-7-slips.png"}
    for picture in pictures:
        assert f'src="report/{picture}"' in page
        assert (out / "report" / picture).read_bytes().startswith(b"\x89PNG")


def test_names_are_data(tmp_path: Path, out: Path, capsys: pytest.CaptureFixture):
    folder, bad = tmp_path / "class", ["=cmd|' /C calc'!A0", "<script>alert(1)</script>", "\x1b[2Jx", "a..b", "[a](b)"]
    for name in bad:
        write(folder / name.replace("/", "") / "x.ipynb", *solved())
    assert grade(folder, out) == 0
    assert "\x1b" not in capsys.readouterr().out
    assert all(not row["student"].startswith("=") for row in rows(out))
    assert any(row["student"].startswith("'=cmd") for row in rows(out))
    assert {path.parent for path in out.rglob("*") if path.is_file()} == {out, out / "feedback", out / "results",
                                                                         out / "report"}  # fmt: skip
    assert len(list((out / "feedback").glob("*.html"))) == len(bad)
    for page in [*out.rglob("*.html"), *out.rglob("*.md")]:
        assert "<script" not in page.read_text()


def test_several_hours_at_once(tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch):
    from labkit.course.check.registry import all_exercises

    other = {**all_exercises()}
    moved = other[HOUR_7[4]]
    monkeypatch.setitem(all_exercises(), HOUR_7[4], type(moved)(**vars(moved) | {"hour": 33}))
    folder = tmp_path / "class"
    write(folder / "amy" / "a.ipynb", *solved(*HOUR_7[:4]))
    write(folder / "amy" / "b.ipynb", *solved(HOUR_7[4]), hour=33)
    write(folder / "ben" / "b.ipynb", *solved(HOUR_7[4]), hour=33)
    assert main(["grade", str(folder), "--hour", "33", "--hour", "7", "--out", str(out)]) == 0
    found = [(row["student"], row["hour"], row["score"], row["max_score"]) for row in rows(out)]
    assert found == [("amy", "7", "13", "13"), ("amy", "33", "3", "3"), ("ben", "33", "3", "3")]
    assert "Hour 33: 3 of 3" in (out / "feedback" / "amy.md").read_text()
    assert "Hour 7: 13 of 13" in (out / "feedback" / "amy.md").read_text()


def test_a_second_time_nothing_changes(tmp_path: Path, out: Path, trusting: list[str], capsys: pytest.CaptureFixture):
    folder = small(tmp_path / "class")
    grade(folder, out)
    files = {path: path.read_bytes() for path in out.rglob("*") if path.is_file() and "sqlite" not in path.name}
    first = len(trusting)
    for again in (["--resume"], ["--seed", "3"]):
        grade(folder, out, *again)
        assert len(trusting) == first, "nothing is graded twice"
        assert {path: path.read_bytes() for path in files} == files
        assert "0 graded now, 4 found graded already" in capsys.readouterr().out
    write(folder / "carol.ipynb", *solved())
    grade(folder, out, "--resume")
    assert len(trusting) == first + 1, "what has changed is graded again"
    assert scores(out) == EXPECTED | {"carol": 16.0}
    grade(folder, out, FRESH)
    assert len(trusting) > first + 4, "a new run has cases of its own"
    assert scores(out)["alice"] == scores(out)["carol"] == 16.0


def test_what_a_run_wrote_is_not_handed_in(tmp_path: Path):
    folder = small(tmp_path / "class")
    for _ in range(2):
        assert grade(folder, folder / "graded") == 0
    assert scores(folder / "graded") == EXPECTED


def test_a_run_has_one_seed_and_it_is_kept(tmp_path: Path, out: Path, capsys: pytest.CaptureFixture):
    folder = small(tmp_path / "class")
    seeds = set()
    for _ in range(2):
        grade(folder, out, FRESH)
        seeds.add(seed_in(capsys.readouterr().out))
        kept = {json.loads(path.read_text())["extra_data"]["seeds"]["7"] for path in (out / "results").iterdir()}
        assert len(kept) == 1
        assert kept <= seeds
    assert len(seeds) == 2
