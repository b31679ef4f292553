import subprocess
from pathlib import Path

import pytest

from labkit.course import cli
from labkit.course.cli import main
from labkit.course.press.build import Course


@pytest.fixture
def there(built: Course, monkeypatch: pytest.MonkeyPatch) -> Course:
    monkeypatch.chdir(built.root / "notebooks")
    return built


def test_check_exits_0_when_all_is_in_step(there: Course, capsys: pytest.CaptureFixture):
    assert main(["build", "--check"]) == 0
    assert "1 lectures, all in step" in capsys.readouterr().out
    assert main(["build", "7"]) == 0
    assert capsys.readouterr().out == "07_small: up to date\n"


def test_check_exits_1_and_names_what_is_stale(
    course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    monkeypatch.chdir(course.root)
    assert main(["build", "--check"]) == 1
    out = capsys.readouterr().out
    assert "notebooks/07_small.ipynb" in out
    assert "solutions/07_small.ipynb" in out
    assert not course.student_path("07_small").exists(), "a check makes nothing"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["build", "8"], "hour 8 has no source"), (["bench-notebooks", "9"], "hour 9 has no source")],
)
def test_an_error_is_one_line(there: Course, arguments: list[str], words: str, capsys: pytest.CaptureFixture):
    assert main(arguments) == 1
    error = capsys.readouterr().err
    assert error.startswith("labkit: ")
    assert words in error
    assert error.count("\n") == 1


def test_slips_of_a_source_are_printed(course: Course, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    monkeypatch.chdir(course.root)
    path = course.root / "solutions" / "07_small.py"
    path.write_text(path.read_text().replace("### END SOLUTION", "###"))
    assert main(["build"]) == 1
    assert f"{path}:" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["bogus"], ["build", "seven"], []])
def test_what_is_not_understood_exits_2(arguments: list[str], capsys: pytest.CaptureFixture):
    with pytest.raises(SystemExit) as error:
        main(arguments)
    assert error.value.code == 2
    assert "usage: labkit" in capsys.readouterr().err


def test_nbgraders_source_is_one_command(there: Course, tmp_path: Path, capsys: pytest.CaptureFixture):
    assert main(["build", "7", "--nbgrader", str(tmp_path / "nbgrader")]) == 0
    assert "nbgrader generate_assignment 07_small" in capsys.readouterr().out
    text = (tmp_path / "nbgrader" / "source" / "07_small" / "07_small.ipynb").read_text()
    assert "### BEGIN SOLUTION" in text
    assert "for instructors" not in text


def test_progress_and_its_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path))
    assert main(["progress"]) == 0
    assert "Your progress: 0 of" in capsys.readouterr().out
    (tmp_path / "progress.sqlite").write_bytes(b"nonsense" * 1000)
    assert main(["progress"]) == 1
    assert capsys.readouterr().err == "labkit: file is not a database\n"


def test_lab_opens_on_the_notebooks(there: Course, monkeypatch: pytest.MonkeyPatch):
    called = []
    monkeypatch.setattr(subprocess, "call", lambda command: called.append(command) or 0)
    assert main(["lab"]) == 0
    assert called[0][1:] == ["-m", "jupyter", "lab", str(there.root / "notebooks")]


def test_the_version_is_said(capsys: pytest.CaptureFixture):
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out.startswith("labkit 0.")


def test_what_is_not_installed_is_named_with_its_command(
    capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    def lacks(*_):
        raise ModuleNotFoundError("No module named 'jupytext'", name="jupytext")

    monkeypatch.setattr(cli, "_minutes", lacks)
    assert main(["minutes", "7"]) == 1
    error = capsys.readouterr().err
    assert "needs jupytext, which is not installed" in error
    assert 'pip install "labkit[build]"' in error


def test_progress_of_one_hour(capsys: pytest.CaptureFixture):
    assert main(["progress", "7"]) == 0
    text = capsys.readouterr().out
    assert "Scaled dot-product attention" in text
    assert "Hour 18" not in text
    assert not text.startswith("?")
