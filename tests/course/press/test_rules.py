"""Each rule for lectures, kept by the small lecture, and broken in one place."""

from dataclasses import replace
from pathlib import Path

import pytest

from labkit.course.check.registry import all_exercises
from labkit.course.check.spec import Property
from labkit.course.press.minutes import count, rounded
from labkit.course.press.proofreading import read
from labkit.course.press.source import SourceError, parse

TEXT = (Path(__file__).parent / "lecture.txt").read_text()
TITLE = "# ## 4. Why it works\n"
ASK = '# %% name="positions" exercise="transformer.positions"'
FURTHER = "# %% [markdown]\n# ### Further: a\n\n"


def lecture(folder: Path, text: str = TEXT) -> Path:
    path = folder / "07_small.py"
    path.write_text(text)
    return path


def told(folder: Path, text: str) -> list[tuple[int, str]]:
    """What is told about a lecture; nothing about a good one."""
    try:
        read(lecture(folder, text))
    except SourceError as error:
        return [(slip.line, slip.what) for slip in error.slips]
    return []


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


def code(lines: int, option: str = "") -> str:
    return f"# %%{option}\n" + "x = 1\n\n" * lines + "# %% [markdown]\n"


def with_minutes(monkeypatch: pytest.MonkeyPatch, minutes: int) -> None:
    """As if the small lecture's exercise took so long."""
    known = all_exercises()
    ideas = tuple(Property(name, name, 1.0) for name in "abc")
    changed = replace(known["transformer.positions"], minutes=minutes, properties=ideas)
    monkeypatch.setattr("labkit.course.press.rules.all_exercises", lambda: known | {changed.id: changed})
    monkeypatch.setattr("labkit.course.press.minutes.find", lambda id: changed)


def test_the_core_path_takes_an_hour_at_most(tmp_path: Path):
    free = 60 - count(parse(lecture(tmp_path))).minutes
    words = int(free * 150)
    assert told(tmp_path, TEXT.replace(TITLE, TITLE + "#\n# " + "word " * words + "\n")) == []
    over = TEXT.replace(TITLE, TITLE + "#\n# " + "word " * (words + 30) + "\n")
    ((line, what),) = told(tmp_path, over)
    assert line == 1
    assert "the core path takes 60.2 minutes" in what or "the core path takes 60.1 minutes" in what
    assert told(tmp_path, TEXT.replace("# Words that are", "# " + "word " * 20_000 + "that are")) == [], "further"


def test_the_plan_stands_in_the_opening(tmp_path: Path):
    ((line, what),) = told(tmp_path, TEXT.replace("# <!-- plan -->\n", ""))
    assert "the opening has one line `<!-- plan -->`" in what
    assert line == line_of(TEXT, "# # Hour 7")


def test_150_lines_stand_open_in_the_core_path(tmp_path: Path):
    here = count(parse(lecture(tmp_path))).lines
    at = "# %% [markdown]\n# ## 5. Build it"

    def filled(lines: int, option: str = "") -> str:
        return TEXT.replace(at, code(lines, option) + "# ## 5. Build it")

    assert told(tmp_path, filled(150 - here)) == []
    ((line, what),) = told(tmp_path, filled(151 - here))
    assert "and there are 151" in what
    assert line == line_of(filled(151 - here), "score_so_far()\n")
    assert told(tmp_path, filled(300, ' fold="Help"')) == []
    assert told(tmp_path, filled(300, ' tags=["solution-only"]')) == [], "learners do not get it"
    assert told(tmp_path, TEXT.replace("longer = positions(64, 16)\n", "x = 1\n" * 300)) == [], "further"


@pytest.mark.parametrize(
    ("old", "limit", "where"),
    [("print(object())\n", 96, "an open cell"), ('    """Clock hands."""\n', 88, "a stub")],
)
def test_open_lines_are_not_cut(tmp_path: Path, old: str, limit: int, where: str):
    indent = " " * (len(old) - len(old.lstrip()))

    def wide(columns: int) -> str:
        return TEXT.replace(old, f"{old}{indent + '#':x<{columns}}\n")

    assert told(tmp_path, wide(limit)) == []
    ((line, what),) = told(tmp_path, wide(limit + 1))
    assert f"this line has {limit + 1} columns, and {limit} are seen in {where}" in what
    assert line == line_of(TEXT, old) + 1
    assert told(tmp_path, TEXT.replace("    pair = ", "    # " + "x" * 100 + "\n    pair = ")) == [], (
        "learners see no solution"
    )
    assert told(tmp_path, TEXT.replace("figure, axes =", "# " + "x" * 100 + "\nfigure, axes =")) == [], "folded"


def test_a_claim_is_folded(tmp_path: Path):
    ((line, what),) = told(tmp_path, TEXT.replace(' fold="What holds"', ""))
    assert "a cell with a claim is folded" in what
    assert line == line_of(TEXT, "secret =")
    assert told(tmp_path, TEXT.replace("print(object())", 'print("no claim(here)")')) == []


@pytest.mark.parametrize(
    ("minutes", "words"), [(3, "between 3.9 and 8.9"), (9, "between 3.9 and 8.9"), (4, ""), (8, "")]
)
def test_an_exercises_minutes_are_in_proportion(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, minutes: int, words: str
):
    with_minutes(monkeypatch, minutes)
    found = told(tmp_path, TEXT)
    if not words:
        assert found == []
        return
    ((line, what),) = found
    assert f"says {minutes} minutes for 4 lines and 3 ideas" in what
    assert words in what
    assert line == line_of(TEXT, "@exercise")


def test_an_exercise_over_ten_minutes_is_further(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with_minutes(monkeypatch, 11)
    longer = TEXT.replace("    pair = ", "    pair = 1\n" * 7 + "    pair = ")
    ((line, what),) = told(tmp_path, longer)
    assert "takes 11 minutes, and 10 are allowed in the core path" in what
    assert line == line_of(TEXT, "@exercise")
    assert told(tmp_path, longer.replace(ASK, FURTHER + ASK)) == []
    with_minutes(monkeypatch, 10)
    assert told(tmp_path, longer) == []


def test_a_further_section_begins_and_ends_a_cell(tmp_path: Path):
    inside = TEXT.replace("# Words that are not counted.", "# Words.\n#\n# ### More")
    ((line, what),) = told(tmp_path, inside)
    assert "`### More` begins or ends a further section" in what
    assert line == line_of(inside, "# ### More")
    late = TEXT.replace("# # Hour 7: a small lecture\n", "# # Hour 7: a small lecture\n#\n# ### Further: x\n")
    assert "`### Further: x` begins or ends" in told(tmp_path, late)[0][1]
    fenced = TEXT.replace("# Words that are not counted.", "# ```\n# ### comment\n# ```")
    assert told(tmp_path, fenced) == []


def test_rounded_minutes_add_up():
    assert rounded([1.9, 3.9, 3.2, 10.1, 27.4, 10.3, 3.3, 6.0, 1.9, 2.4, 3.7]) == [2, 4, 3, 10, 27, 10, 3, 6, 2, 3, 4]
    assert rounded([10.0, 0.1, 0.1, 0.2]) == [7, 1, 1, 1]
    assert rounded([0.2, 0.2]) == [1, 1]
