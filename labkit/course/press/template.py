"""What every notebook has: launch badges and the set-up cell.

Both are built from the one place where the repository's name stands, `[project.urls] Repository` in pyproject.toml.
"""

import tomllib
from pathlib import Path
from urllib.parse import quote, urlsplit

SETUP = """\
# Installs labkit where it is not there yet, on Colab for example. Does nothing where it is.
import importlib
import importlib.util
import os
import subprocess
import sys

if importlib.util.find_spec("labkit") is None:
    source = os.environ.get("LABKIT_SOURCE", "git+{repository}")
    print(f"Installing labkit from {{source}}: this takes a minute or two.")
    what = f"labkit[course] @ {{source}}" if "://" in source else f"{{source}}[course]"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", what]
    done = subprocess.run(command, capture_output=True, text=True)
    importlib.invalidate_caches()
    if done.returncode or importlib.util.find_spec("labkit") is None:
        print(done.stderr[-2000:])
        raise RuntimeError(
            f"labkit could not be installed from {{source}}. Is there a connection? Then run this cell again. "
            f"Otherwise install it by hand (pip install {{source}}), restart the kernel, and begin at the top."
        )
    print("Done.")"""


class BuildError(Exception):
    """A notebook that could not be made, with the reason."""


def repository(root: Path) -> str:
    """The repository's address. Raises BuildError with what to do if pyproject.toml does not say it."""
    urls = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"].get("urls", {})
    if "Repository" not in urls:
        raise BuildError('pyproject.toml: add [project.urls] with Repository = "https://github.com/OWNER/labkit"')
    return urls["Repository"].rstrip("/").removesuffix(".git")


def setup_source(address: str) -> str:
    """The set-up cell: installs from the repository, or from LABKIT_SOURCE if that is set (a checkout, for example)."""
    return SETUP.format(repository=address)


def badges(address: str, notebook: str) -> str:
    """Markdown that launches `notebook`, a path in the repository, on Binder, and on Colab if it is on GitHub.

    Links in words: a picture of a badge would come from the network, and be a broken image without one.
    """
    parts = urlsplit(address)
    path = parts.path.strip("/")
    github = parts.netloc == "github.com"
    place = f"gh/{path}" if github else f"git/{quote(address, safe='')}"
    binder = f"https://mybinder.org/v2/{place}/HEAD?urlpath=lab/tree/{notebook}"
    found = [f"[Open in Binder]({binder})"]
    if github:
        colab = f"https://colab.research.google.com/github/{path}/blob/main/{notebook}"
        found.append(f"[Open in Colab]({colab})")
    return " · ".join(found)
