"""Where there is no labkit yet: the set-up cell of every notebook, and Binder, each run for real and offline.

Both meet an environment that has all packages but labkit, and install it from a copy of this checkout.
"""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import helpers.lectures as lectures

ROOT = Path(__file__).parents[1]
OFFLINE = {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0"}  # pip reads this 0 as the flag's false: no isolation
CONDA_NAMES = {"torch": "pytorch-cpu", "matplotlib": "matplotlib-base"}


def offline(home: Path) -> dict[str, str]:
    """The environment of a process that runs in `home` and finds no registry."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
    return kept | OFFLINE | {"PATH": f"{home / 'bin'}:{os.environ['PATH']}"}


def where_is_labkit(home: Path) -> str:
    command = [home / "bin" / "python", "-c", "import labkit; print(labkit.__file__)"]
    done = subprocess.run(command, cwd=home, env=offline(home), capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else "nowhere"


def set_up(lecture: str, then: str = "") -> str:
    """The set-up cell of a learner's notebook, and what is run below it."""
    return next(cell.source for cell in lectures.student(lecture).cells if cell.id == "setup") + f"\n{then}\n"


def run(python: Path | str, code: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [python, "-c", code], env=environment, capture_output=True, text=True, cwd=Path(python).parent
    )


@pytest.mark.parametrize("lecture", lectures.LECTURES)
def test_set_up_installs_what_is_missing(lecture: str, bare: Path, checkout: Path):
    assert where_is_labkit(bare) == "nowhere"
    then = "from labkit.course.desk.lesson import begin\nlesson = begin(7, 'quick')\nprint(lesson.profile)"
    done = run(bare / "bin" / "python", set_up(lecture, then), **offline(bare), LABKIT_SOURCE=str(checkout))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("quick\n"), "the next cell runs, with no restart"
    assert where_is_labkit(bare).startswith(str(bare)), "labkit is installed, not found by chance"


@pytest.mark.parametrize("lecture", lectures.LECTURES)
def test_set_up_says_what_to_do_when_it_cannot(lecture: str, bare: Path):
    nowhere = str(bare / "nowhere")
    done = run(bare / "bin" / "python", set_up(lecture), **offline(bare), LABKIT_SOURCE=nowhere)
    assert done.returncode == 1
    assert f"pip install {nowhere}" in done.stderr


@pytest.mark.parametrize("lecture", lectures.LECTURES)
def test_set_up_does_nothing_where_labkit_is(lecture: str):
    done = run(sys.executable, set_up(lecture), **os.environ, LABKIT_SOURCE="/nowhere")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("lecture", lectures.LECTURES)
def test_set_up_installs_from_the_repository(lecture: str):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert f'"git+{project["urls"]["Repository"]}"' in set_up(lecture)


def test_binder_builds_and_opens_the_lectures(bare: Path, checkout: Path):
    assert where_is_labkit(bare) == "nowhere"
    done = subprocess.run([checkout / "binder" / "postBuild"], cwd=checkout, env=offline(bare), capture_output=True)
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    assert where_is_labkit(bare).startswith(str(bare)), "labkit is installed, not found by chance"
    assert b"All that a learner needs is here." in done.stdout
    opened = json.loads((bare / "etc" / "jupyter" / "jupyter_server_config.json").read_text())
    assert {app["default_url"] for app in opened.values()} == {"/lab/tree/notebooks"}
    assert (ROOT / "notebooks").is_dir()
    assert (bare / "share" / "jupyter" / "lab" / "settings" / "overrides.json").is_file()


def test_binder_does_not_go_on_after_a_failure(bare: Path, checkout: Path):
    (checkout / "pyproject.toml").write_text("nonsense")
    done = subprocess.run([checkout / "binder" / "postBuild"], cwd=checkout, env=offline(bare), capture_output=True)
    assert done.returncode != 0


def test_binder_starts_what_it_is_given():
    command = [ROOT / "binder" / "start", sys.executable, "-c", "import os; print(os.environ['OMP_NUM_THREADS'])"]
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    assert subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout == "2\n"


def test_binder_has_what_a_learner_needs():
    """Conda's list is written by hand; this keeps it in step with pyproject."""
    environment = yaml.safe_load((ROOT / "binder" / "environment.yml").read_text())
    assert environment["channels"] == ["conda-forge"]
    given = dict(re.fullmatch(r"([\w-]+)(.*)", line).groups() for line in environment["dependencies"])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    lines = [*project["dependencies"], *extras["course"], *extras["lab"]]
    for line in (line for line in lines if not line.startswith("labkit")):
        name, oldest = re.fullmatch(r"([\w-]+)>=(.+)", line).groups()
        conda = CONDA_NAMES.get(name, name)
        assert conda in given, f"binder/environment.yml lacks {conda}"
        asked = given[conda].removeprefix(">=")
        assert [*map(int, asked.split("."))] >= [*map(int, oldest.split("."))], f"{conda}{given[conda]}, but {line}"
    assert not {"pytorch", "pytorch-gpu", "torchvision", "torchaudio"} & set(given)
