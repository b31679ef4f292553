"""The install on Colab: what is there stays as it is, and only additions come.

PINS is what Colab published of its own packages in 2026, in googlecolab/backend-info, as far as it concerns us.
"""

import re
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
PINS = dict(
    pair.split("==")
    for pair in """
anywidget==0.9.21 certifi==2026.5.20 charset-normalizer==3.4.7 cloudpickle==3.1.2 contourpy==1.3.3 cycler==0.12.1
decorator==4.4.2 einops==0.8.2 farama-notifications==0.0.6 filelock==3.29.0 fonttools==4.63.0 fsspec==2025.3.0
gymnasium==1.3.0 idna==3.18 ipykernel==6.17.1 ipython==7.34.0 ipywidgets==7.7.1 jinja2==3.1.6 joblib==1.5.3
kiwisolver==1.5.0 markupsafe==3.0.3 matplotlib==3.10.0 matplotlib-inline==0.2.2 mpmath==1.3.0 networkx==3.6.1
notebook==6.5.7 numpy==2.0.2 packaging==26.2 pillow==11.3.0 platformdirs==4.10.0 pooch==1.9.0 psygnal==0.15.1
pyparsing==3.3.2 python-dateutil==2.9.0.post0 requests==2.32.4 scikit-learn==1.6.1 scipy==1.16.3 setuptools==75.2.0
six==1.17.0 sympy==1.14.0 threadpoolctl==3.6.0 torch==2.11.0 tqdm==4.67.3 traitlets==5.7.1 typing-extensions==4.15.0
urllib3==2.5.0 jupyterlab-widgets==3.0.16
""".split()
)
ADDED = {"jaxtyping", "wadler-lindig"}  # what is not there, and may come


def asked() -> list[Requirement]:
    """What the set-up cell installs: the core, and what lectures need."""
    return [Requirement(line) for line in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["course"]]]


def brought(name: str) -> Iterator[Requirement]:
    """What an addition requires in turn."""
    for line in metadata.requires(name) or []:
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate(default_environment() | {"extra": ""}):
            yield requirement


def test_nothing_of_colabs_is_replaced():
    waiting, seen = asked(), set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if name in PINS:
            assert requirement.specifier.contains(PINS[name]), f"{requirement}: Colab has {PINS[name]}"
            continue
        assert name in ADDED, f"{name} would be installed on Colab: is that meant?"
        if name not in seen:
            seen.add(name)
            waiting += brought(name)
    assert seen == ADDED


def test_a_kernel_and_a_lab_are_no_part_of_it():
    names = {re.match(r"[\w-]+", str(requirement)).group() for requirement in asked()}
    assert not {"ipykernel", "jupyterlab", "notebook", "jupyter-server"} & names
