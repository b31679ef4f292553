"""What `labkit minutes` counts, part by part, on the small lecture and on texts of one kind."""

from pathlib import Path

import pytest

from labkit.course.check.registry import find
from labkit.course.cli import main
from labkit.course.press.build import Course
from labkit.course.press.minutes import count, plan_table, words
from labkit.course.press.source import parse

TEXT = (Path(__file__).parent / "lecture.txt").read_text()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Two words", 2),
        ("A **bold** word, and `code`.", 5),
        ("see https://arxiv.org/abs/1706.03762 there", 2),
        ("<b>one</b> - two — three", 3),
        ("where $a + b = c$ holds", 3),
        ("$$\na + b\n$$", 10),
        ("before\n```\nnot prose at all\n```\nafter", 2),
        ("| a | b |\n|---|---|\n| 1 | 2 |", 4),
        ("<!-- plan -->", 0),
    ],
)
def test_words_are_what_is_read(text: str, number: int):
    assert words(text) == number


def test_every_kind_of_work_is_counted(tmp_path: Path):
    path = tmp_path / "07_small.py"
    path.write_text(TEXT)
    counted = count(parse(path))
    parts = {part.title.split(".")[0]: part for part in counted.core}
    assert list(parts) == [str(number) for number in range(1, 12)]
    opening, problem, build, train, look, check = (parts[name] for name in ("1", "2", "5", "6", "7", "11"))
    assert opening.words == 5 + 6, "its title, and: for the tests of the build"
    assert opening.lines == 6, "the imports and begin; neither the set-up cell nor parameters"
    assert problem.words == 4, "the heading; the fence is no prose"
    assert build.exercises == ["transformer.positions"]
    assert build.lines == 5 + 1, "the stub and score(...), without the solution"
    assert train.lines == 3, "what is folded, and what is for instructors, is not open"
    assert (look.tasks, look.words, look.lines) == (2, 3, 2)
    assert (check.questions, check.words) == (1, 3)
    minutes = find("transformer.positions").minutes
    assert build.minutes == pytest.approx(build.words / 150 + 6 / 25 + minutes)
    assert look.minutes == pytest.approx(3 / 150 + 2 / 25 + 2)
    assert check.minutes == pytest.approx(3 / 150 + 1 / 25 + 0.5)
    (further,) = counted.further
    assert (further.title, further.words, further.lines) == ("longer sequences", 3 + 5, 1)
    assert counted.minutes == pytest.approx(sum(part.minutes for part in counted.core))


def test_a_cell_may_hold_several_parts(tmp_path: Path):
    path = tmp_path / "07_small.py"
    path.write_text(TEXT.replace("# %% [markdown]\n# ## 4. Why it works", "#\n# ## 4. Why it works\n#\n# One more"))
    counted = count(parse(path))
    assert [part.title.split(".")[0] for part in counted.core] == [str(number) for number in range(1, 12)]
    assert counted.core[3].words == counted.core[2].words + 3


def test_the_report_names_parts_the_plan_and_what_is_not_counted(
    built: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    monkeypatch.chdir(built.root)
    assert main(["minutes", "7"]) == 0
    lines = capsys.readouterr().out.split("\n")
    assert lines[0].split()[-2:] == ["Minutes", "Plan"]
    (total,) = (line for line in lines if line.startswith("07_small: core path"))
    lecture = parse(*built.sources())
    assert f"| | together | {total.split()[-1]} |" in plan_table(lecture)
    assert lines[lines.index("Not counted:") + 2].startswith("longer sequences")


def test_too_long_an_hour_is_the_exit_code(course: Course, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(course.root)
    (path,) = course.sources()
    path.write_text(TEXT.replace("# For the tests", "# " + "word " * 9000 + "for the tests"))
    assert main(["minutes"]) == 1
