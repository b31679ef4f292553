from pathlib import Path

import pytest

from labkit.course.press.proofreading import read
from labkit.course.press.source import PARTS, SourceError, parse

TEXT = (Path(__file__).parent / "lecture.txt").read_text()
STUB = "    ### BEGIN SOLUTION\n"


def lecture(folder: Path, text: str = TEXT, name: str = "07_small.py") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


def test_a_good_source_has_no_slips(tmp_path: Path):
    found = read(lecture(tmp_path))
    assert found.hour == 7
    assert found.name == "07_small"
    cell = next(cell for cell in found.cells if cell.id == "transformer-positions-checks")
    assert cell.line == line_of(TEXT, 'score("transformer.positions")')


CHECKS = '# %% checks="transformer.positions"\nscore("transformer.positions")\n'
ASK = '# %% name="positions" exercise="transformer.positions"'
SLIPS = {
    "unclosed solution": ("    ### END SOLUTION\n", "", "### BEGIN SOLUTION", "does not end in its cell"),
    "unopened solution": (STUB, "", "### END SOLUTION", "ends here that has not begun"),
    "nested solution": (STUB, STUB * 2, "BEGIN SOLUTION\n    pair", "begins inside the one from line"),
    "marker after code": ("    ### END SOLUTION", "    pass  ### END SOLUTION", "pass  ###", "on a line of its own"),
    "solution elsewhere": (ASK, '# %% name="positions"', "@exercise", "an exercise cell only"),
    "no solution": (TEXT[TEXT.index(STUB) : TEXT.index("# %% checks")], "    pass\n", "@exercise", "mark it"),
    "unknown exercise": (
        'exercise="transformer.positions"',
        'exercise="transformer.position"',
        "@exercise",
        "there is no exercise 'transformer.position'",
    ),
    "no checks": (CHECKS, "", "@exercise", "has no checks"),
    "no exercise": (' exercise="transformer.positions"', "", 'score("', "add it above"),
    "checks call nothing": ('\nscore("transformer.positions")', "\n1 + 1", "1 + 1", 'calls `score("'),
    "exercise not asked": ('@exercise("transformer.positions")\n', "", "def positions", 'calls `@exercise("'),
    "checks twice": (CHECKS, CHECKS * 2, 'score("transformer.positions")\n\n', "stands already in line"),
    "name twice": ('name="figure"', 'name="begin"', "figure, axes", "is taken by the cell in line"),
    "bad name": ('name="figure"', 'name="the figure"', "figure, axes", "will not do"),
    "unknown option": ('name="figure"', 'nmae="figure"', "figure, axes", "`nmae` is no option of a cell"),
    "no parameters": (' tags=["parameters"]', "", None, "parameters"),
    "no badges": (" badges=true", "", "# # Hour 7", "the first cell is the title"),
    "no set-up": (" setup=true", ' name="x"', '# %% name="x"', "the first code cell"),
    "set-up with code": ("# %% setup=true\n", "# %% setup=true\nimport torch\n", "import torch", "leave it empty"),
    "part missing": (
        "# ## 4. Why it works\n",
        "# words\n",
        "# ## 5. Build it",
        "Why it works` is missing before",
    ),
    "last part missing": ("# ## 11. Check yourself\n", "# words\n", "score_so_far()", "is missing at the end"),
    "part too late": (
        "# ## 8. Strengths, weaknesses, cost",
        "# ## 3. The architecture",
        None,
        "comes twice or too late",
    ),
    "strange part": ("# ## 9. In practice", "# ## 9. In theory", "# ## 9.", "is none of the eleven parts"),
    "not Python": ('secret = "for instructors"', "secret = (", "secret = (", "the code is not valid Python"),
    "exercise in text": (ASK, ASK.replace("%%", "%% [markdown]"), None, "are code cells"),
    "fold without a title": ('fold="Draw the positions"', "fold=true", "figure, axes", "a folded cell has a title"),
    "folded exercise": (ASK, f'{ASK} fold="x"', "@exercise", "is never folded"),
    "folded magic": ("figure, axes =", "%%time\nfigure, axes =", "%%time", "a cell magic stands in the first line"),
    "exercise as result": (ASK, f"{ASK} result=true", "@exercise", "is no result"),
    "no result": ("result=true", "result=false", "figure, axes", "`result` is true where it stands"),
    "folded text": ("[markdown]\n# ## 7.", '[markdown] fold="x"\n# ## 7.', "# ## 7.", "are code cells"),
    "exercise and checks": (ASK, f'{ASK} checks="transformer.positions"', "@exercise", "not both"),
}


@pytest.mark.parametrize(("old", "new", "place", "words"), SLIPS.values(), ids=SLIPS)
def test_a_slip_is_told_with_its_line(tmp_path: Path, old: str, new: str, place: str | None, words: str):
    assert old in TEXT
    text = TEXT.replace(old, new, 1)
    path = lecture(tmp_path, text)
    with pytest.raises(SourceError) as error:
        read(path)
    slips = [slip for slip in error.value.slips if words in slip.what]
    assert slips, str(error.value)
    if place is not None:
        assert line_of(text, place) in {slip.line for slip in slips}, str(error.value)
    assert str(slips[0]).startswith(f"{path}:{slips[0].line}: ")


def test_all_slips_are_told_at_once_in_order(tmp_path: Path):
    text = (
        TEXT.replace("    ### END SOLUTION\n", "").replace('tags=["parameters"]', "").replace("## 9. In practice", "-")
    )
    with pytest.raises(SourceError) as error:
        read(lecture(tmp_path, text))
    lines = [int(line.split(":")[1]) for line in str(error.value).split("\n")]
    assert len(lines) >= 3
    assert lines == sorted(lines)


def test_an_exercise_of_another_hour_is_told(tmp_path: Path):
    with pytest.raises(SourceError, match="belongs to hour 7, not 8"):
        read(lecture(tmp_path, name="08_small.py"))


def test_a_part_may_begin_below_a_fence_in_the_same_cell(tmp_path: Path):
    old = "# ```\n\n# %% [markdown]\n# ## 3."
    assert old in TEXT
    assert read(lecture(tmp_path, TEXT.replace(old, "# ```\n#\n# ## 3."))).hour == 7


def test_every_part_may_be_followed_by_words(tmp_path: Path):
    text = TEXT.replace("## 5. Build it", "## 5. Build it — four pieces").replace(
        "## 6. Train it", "## 6. Train it: now"
    )
    assert read(lecture(tmp_path, text)).hour == 7
    assert len(PARTS) == 11


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("seven.py", b"# %%\n", "a lecture is called NN_slug.py"),
        ("07_small.py", b"# %%\n\xff", "this is not UTF-8 text"),
        ("07_small.py", b"import torch\n\n# %%\n1\n", "begin every cell, the first too, with one"),
        ("07_small.py", b"", "the first cell is the title"),
    ],
)
def test_a_file_that_is_no_lecture_is_told(tmp_path: Path, name: str, content: bytes, words: str):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SourceError, match=words) as error:
        read(path)
    assert str(error.value).startswith(f"{path}:1: ")


def test_the_stub_stands_where_the_solution_stood(tmp_path: Path):
    text = TEXT.replace(STUB, "    width = int(width)\n    if width:\n    " + STUB).replace(
        "    ### END SOLUTION", "        ### END SOLUTION\n    return None"
    )
    cell = next(cell for cell in parse(lecture(tmp_path, text)).cells if cell.id == "positions")
    assert cell.student_text() == (
        '@exercise("transformer.positions")\ndef positions(length, width):\n    """Clock hands."""\n'
        "    width = int(width)\n    if width:\n        # YOUR CODE HERE\n        raise NotImplementedError()\n"
        "    return None"
    )


def test_ids_stay_when_other_cells_come_and_go(tmp_path: Path):
    text = TEXT.replace("# %% [markdown]\n# ## 3.", "# %%\n1\n\n# %%\n1\n\n# %% [markdown]\n# ## 3.")
    before, after = (parse(lecture(tmp_path, source)).cells for source in (TEXT, text))
    ids = [cell.id for cell in after]
    assert len(set(ids)) == len(ids) == len(before) + 2
    assert {cell.id for cell in before} < set(ids)


def broken(folder: Path, old: str, new: str, count: int = 1) -> str:
    assert old in TEXT
    with pytest.raises(SourceError) as error:
        read(lecture(folder, TEXT.replace(old, new, count)))
    return str(error.value)


BUG = "    ### BEGIN BUG\n    return torch.zeros(length, width)\n    ### END BUG\n"
HUNTS = {
    "not declared": (STUB, BUG + STUB, "add `bug_hunt=True` in its module"),
    "open": (STUB, BUG.replace("    ### END BUG\n", "") + STUB, "this bug does not end in its cell: add `### END BUG`"),
    "apart": (STUB, BUG + "    width = int(width)\n" + STUB, "stands right above its solution"),
    "below": ("    ### END SOLUTION\n", "    ### END SOLUTION\n" + BUG, "stands right above its solution"),
    "elsewhere": ("print(object())", BUG.replace("    ", "") + "print(object())", "in an exercise cell only"),
    "not Python": (STUB, BUG.replace("torch.zeros(", "torch.zeros((") + STUB, "the student's code is not valid Python"),
}


@pytest.mark.parametrize(("old", "new", "words"), HUNTS.values(), ids=HUNTS)
def test_a_bug_hunt_is_marked_as_it_should_be(tmp_path: Path, old: str, new: str, words: str):
    assert words in broken(tmp_path, old, new)


def test_learners_get_the_bug_and_readers_the_solution(tmp_path: Path):
    cell = next(cell for cell in parse(lecture(tmp_path, TEXT.replace(STUB, BUG + STUB))).cells if cell.bug_hunt)
    assert cell.student_text().endswith('"""Clock hands."""\n    return torch.zeros(length, width)')
    plain = next(cell for cell in parse(lecture(tmp_path)).cells if cell.id == "positions")
    assert cell.solved_text() == plain.text
    numbers = [number for number, _ in cell.lines(solved=True)]
    assert numbers == [*range(cell.line, cell.line + 3), *range(cell.line + 6, cell.line + 6 + len(numbers) - 3)]
