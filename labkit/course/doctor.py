"""`labkit doctor`: what is installed, what the lectures will run on, and what to do about what is missing.

Needs nothing but Python, so that it can speak on a machine where nothing else works. One check is one line of the
report; a line that says FIX names the command, and only what a learner cannot do without makes the exit status 1.
"""

import importlib
import os
import platform
import re
import shutil
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from labkit.train.profile import profile

CHECKOUT = Path(__file__).parents[2]
OLDEST_PYTHON = (3, 11)
MEMORY = 1.5  # GB that a lecture may take
DISK = 1.0  # GB for outputs and a downloaded data set
MANAGERS = {"ipywidgets": "@jupyter-widgets/jupyterlab-manager", "anywidget": "anywidget"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")


@dataclass(frozen=True)
class Check:
    """One line of the report. Where `fix` is given something is amiss; `needed` says whether a learner must mend it."""

    name: str
    found: str
    fix: str = ""
    needed: bool = False

    def __str__(self) -> str:
        mark = "ok " if not self.fix else "FIX" if self.needed else " - "
        return f"  {mark}  {self.name:18} {self.found}" + (f"\n       {'':18} -> {self.fix}" if self.fix else "")


def main(everything: bool = False) -> int:
    """Print the report; 0 when a learner can start, 1 when something must be mended first.

    `everything` adds what only tests and the building of lectures need.
    """
    sections = {
        "Python and labkit": [*python(), *labkit()],
        "What the lectures need": [
            requirement(line, needed=True) for line in [*requirements(), *requirements("course")]
        ],
        "What they run on": [*torch_device(), memory(), disk(), profile_in_force()],
        "Jupyter": [*widget_managers(), notebooks()],
    }
    if everything:
        more = [line for line in requirements("test", "build") if line not in requirements("course")]
        sections["For tests and for building lectures (optional)"] = [browser(), *map(requirement, more)]
    for title, checks in sections.items():
        print(f"{title}\n" + "\n".join(map(str, checks)) + "\n")
    broken = [check.name for checks in sections.values() for check in checks if check.fix and check.needed]
    if not everything:
        print("What tests and the building of lectures need: `labkit doctor --all`.\n")
    print(f"To mend before you start: {', '.join(broken)}." if broken else "All that a learner needs is here.")
    return int(bool(broken))


def python() -> Iterator[Check]:
    fix = "" if sys.version_info >= OLDEST_PYTHON else "labkit needs Python 3.11 or newer: install one, then make lab"
    yield Check("python", f"{platform.python_version()} at {sys.executable}", fix, needed=True)
    yield Check("system", f"{platform.system()} {platform.release()}, {platform.machine()}")


def labkit() -> Iterator[Check]:
    try:
        yield Check("labkit", f"{metadata.version('labkit')} from {CHECKOUT}")
    except metadata.PackageNotFoundError:
        yield Check("labkit", f"not installed, running from {CHECKOUT}", pip(f'--editable "{CHECKOUT}"'), needed=True)


def requirements(*extras: str) -> list[str]:
    """The requirements of labkit, as pip reads them: those of a learner, or those that only `extras` bring."""
    try:
        lines = metadata.requires("labkit") or []
    except metadata.PackageNotFoundError:
        project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())["project"]
        return list(dict.fromkeys(_brought(project, extras))) if extras else project["dependencies"]
    wanted = [line.partition(";") for line in lines if not line.startswith("labkit")]
    if not extras:
        return [line.strip() for line, _, marker in wanted if "extra" not in marker]
    brought = [line.strip() for line, _, marker in wanted if any(re.search(rf"['\"]{e}['\"]", marker) for e in extras)]
    return list(dict.fromkeys(brought))  # an extra that contains another repeats what that brings


def _brought(project: dict, extras: tuple[str, ...]) -> list[str]:
    """The lines of these extras, with those of the extras that they name in their place."""
    lines = [line for extra in extras for line in project["optional-dependencies"][extra]]
    inner = [re.fullmatch(r"labkit\[(\w+)\]", line) for line in lines]
    pairs = zip(lines, inner, strict=True)
    return [one for line, name in pairs for one in (_brought(project, (name[1],)) if name else [line])]


def requirement(line: str, needed: bool = False) -> Check:
    """Is `line`, such as "torch>=2.5", satisfied? Reads what pip wrote down; imports nothing."""
    name, _, oldest = (part.strip() for part in line.partition(">="))
    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Check(name, "not installed", pip(f'"{line}"'), needed)
    if numbers(found) < numbers(oldest):
        return Check(name, f"{found} is too old", pip(f'--upgrade "{line}"'), needed)
    return Check(name, found)


def numbers(version: str) -> tuple[int, ...]:
    """The release as numbers: (2, 13, 0) for 2.13.0+cpu, (5,) for 5rc1."""
    return tuple(int(part) for part in re.match(r"[\d.]*\d|", version).group().split(".") if part)


def pip(arguments: str) -> str:
    return f'"{sys.executable}" -m pip install {arguments}'


def torch_device() -> Iterator[Check]:
    """Import torch for real: an installed torch that does not load is the commonest broken machine."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    yield Check("CPU", f"{cores} cores for this process")
    try:
        torch = importlib.import_module("torch")
    except (ImportError, OSError) as error:
        reason = str(error).strip().splitlines()[0]
        yield Check("computing", f"does not load: {reason}", pip('--force-reinstall "torch"'), needed=True)
        return
    yield Check("computing", f"torch {torch.__version__} with {torch.get_num_threads()} threads")
    if torch.cuda.is_available():
        for card in range(torch.cuda.device_count()):
            about = torch.cuda.get_device_properties(card)
            yield Check(f"cuda:{card}", f"{about.name}, {about.total_memory / 2**30:.0f} GB: lectures use it")
    elif torch.backends.mps.is_available():
        yield Check("mps", "Apple GPU, passed over: the CPU serves the lectures better")
    else:
        yield Check("GPU", "none: lectures run on the CPU, and are made for it")


def memory() -> Check:
    """What this process may take: the machine's memory, or less where a container says so."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError, AttributeError):
        return Check("memory", f"unknown here; a lecture takes up to {MEMORY} GB")
    limit = Path("/sys/fs/cgroup/memory.max")
    if limit.exists() and limit.read_text().strip().isdigit():
        total = min(total, int(limit.read_text()))
    fix = "" if total / 1e9 >= MEMORY else f"a lecture takes up to {MEMORY} GB: set LABKIT_PROFILE=quick, close others"
    return Check("memory", f"{total / 1e9:.1f} GB", fix)


def disk() -> Check:
    free = shutil.disk_usage(Path.cwd()).free / 1e9
    return Check("disk", f"{free:.1f} GB free", "" if free >= DISK else f"make room: {DISK:.0f} GB is comfortable")


def profile_in_force() -> Check:
    try:
        return Check("profile", profile())
    except ValueError as error:
        return Check("profile", str(error), "set LABKIT_PROFILE to one of these, or unset it", needed=True)


def widget_managers() -> Iterator[Check]:
    """JupyterLab's half of the explorers: a folder that the Python package brings, lost when it is half installed."""
    places = [Path(sys.prefix), Path.home() / ".local", Path("/usr/local"), Path("/usr")]
    for package, folder in MANAGERS.items():
        there = any((place / "share/jupyter/labextensions" / folder).is_dir() for place in places)
        fix = "" if there else pip(f'--force-reinstall --no-deps "{package}"' + " jupyterlab_widgets")
        yield Check(f"{package} in Lab", "there" if there else "JupyterLab cannot draw the explorers", fix, needed=True)


def notebooks() -> Check:
    for folder in (Path.cwd() / "notebooks", Path.cwd(), CHECKOUT / "notebooks"):
        if lectures := sorted(folder.glob("[0-9][0-9]_*.ipynb")):
            return Check("notebooks", f"{len(lectures)} in {folder}")
    return Check("notebooks", "none found from here", "change to the folder of the kit, or clone its repository")


def browser() -> Check:
    for name in BROWSERS:
        if path := shutil.which(name):
            return Check("browser", path)
    return Check("browser", "no Chromium on the PATH", "the explorers' browser tests are skipped: install Chromium")
