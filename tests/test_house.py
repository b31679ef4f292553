"""The house as a newcomer finds it: quick at the door, whole in the box, one name in one place."""

import itertools
import json
import re
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LINES = [*PROJECT["dependencies"], *itertools.chain(*PROJECT["optional-dependencies"].values())]
PINS = dict(re.findall(r"^([\w-]+)==(\S+)$", (ROOT / "constraints.txt").read_text(), flags=re.MULTILINE))
INSTALLED = {re.sub(r"[-_.]+", "-", found.name).lower() for found in metadata.distributions()}
HEAVY = {"torch", "numpy", "matplotlib", "sklearn", "IPython", "ipywidgets", "anywidget", "einops", "jaxtyping"}
IMPORTS = "import labkit"
HELPS = """
import contextlib, io
from labkit.course.cli import main
with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.suppress(SystemExit):
    main()
assert "doctor" in out.getvalue(), out.getvalue()
"""
WEIGHS = """
import json, sys, time
start = time.process_time()
{code}
print(json.dumps([time.process_time() - start, sorted(m for m in sys.modules if "." not in m)]))
"""


@pytest.mark.parametrize(("code", "seconds"), [(IMPORTS, 0.05), (HELPS, 0.5)], ids=["import labkit", "labkit --help"])
def test_the_door_is_quick(code: str, seconds: float):
    command = [sys.executable, "-c", WEIGHS.format(code=code), "--help"]
    spent, modules = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert not HEAVY & set(modules), "something heavy is imported that nobody asked for"
    assert spent < seconds, f"{spent:.2f} s of CPU"


def test_importing_a_room_brings_no_oracle():
    """A learner has none of them, and who has must not wait for them."""
    modules = [path.relative_to(ROOT) for path in (ROOT / "labkit").rglob("*.py") if path.stem != "__init__"]
    rooms = [".".join(path.with_suffix("").parts) for path in modules if path.parts[1] != "course"]
    entering = f"import importlib\nfor room in {rooms}: importlib.import_module(room)"
    command = [sys.executable, "-c", WEIGHS.format(code=entering)]
    _, loaded = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert "torch" in loaded
    assert not {"transformers", "pytest", "nbval", "papermill", "playwright", "nbgrader", "jupytext"} & set(loaded)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_the_wheel_holds_the_whole_package(wheel: zipfile.ZipFile):
    tracked = subprocess.run(["git", "ls-files", "labkit"], cwd=ROOT, capture_output=True, text=True, check=True)
    files = {name for name in tracked.stdout.splitlines() if (ROOT / name).exists()}
    assert {Path(name).suffix for name in files} >= {".py", ".js", ".toml"}, "the explorers and the catalogue ship too"
    assert files <= set(wheel.namelist())


def test_the_wheel_holds_nothing_else(wheel: zipfile.ZipFile):
    strangers = {name for name in wheel.namelist() if not name.startswith(("labkit/", "labkit-"))}
    assert not strangers


def test_ranges_are_lower_bounds_that_the_doctor_can_read():
    for line in LINES:
        assert re.fullmatch(r"[\w-]+>=[\d.]+|labkit\[\w+\]", line), f"{line}: write name>=version"


def test_what_is_pinned_is_in_range_and_brings_no_cuda():
    assert PINS["torch"] == "2.13.0", "without a local suffix: the same pin serves CPU and GPU"
    assert not {"torchvision", "torchaudio", "timm"} & set(PINS)
    for line in LINES:
        name, _, oldest = line.partition(">=")
        if oldest:
            pinned = [int(part) for part in re.findall(r"\d+", PINS[name.lower().replace("_", "-")])]
            assert pinned >= [int(part) for part in oldest.split(".")], f"{name} {PINS[name]} is pinned, {line} asked"


def test_what_is_pinned_runs_on_the_oldest_python():
    """Debian 12 has Python 3.11.2: a pin that asks for 3.11.5 sends its pip into minutes of vain search."""
    oldest = PROJECT["requires-python"].removeprefix(">=") + ".0"
    for name in PINS:
        asked = metadata.metadata(name)["Requires-Python"] if name in INSTALLED else ""
        assert SpecifierSet(asked or "").contains(oldest), f"{name} {PINS[name]} needs Python {asked}: pin an older one"


def test_the_repository_has_its_name_in_one_place():
    address = PROJECT["urls"]["Repository"]
    assert re.fullmatch(r"https://github\.com/[\w-]+/[\w.-]+", address)
    name = address.removeprefix("https://github.com/")
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    written = [ROOT / line for line in listed.splitlines() if line.endswith((".py", ".md", ".toml", ".yml", ".cff"))]
    again = {str(path.relative_to(ROOT)) for path in written if path.is_file() and name in path.read_text()}
    again.discard("labkit/course/press/template.py")  # shows an example to an author who has lost the line
    assert again == {"pyproject.toml"}, f"the repository's name stands in {again}: build it from pyproject.toml"


def test_the_installed_version_is_this_one():
    assert metadata.version("labkit") == PROJECT["version"]
