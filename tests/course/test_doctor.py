"""The doctor speaks on a healthy machine, and says what to do on a broken one."""

import importlib
import os
import sys
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

from labkit.course import doctor


def report(capsys: pytest.CaptureFixture) -> tuple[int, str]:
    status = doctor.main(everything=True)
    return status, capsys.readouterr().out


@pytest.fixture
def versions(monkeypatch: pytest.MonkeyPatch) -> dict[str, str | None]:
    """Pretend that these packages have these versions; None: not installed."""
    pretended, real = {}, metadata.version

    def version(name: str) -> str:
        if name not in pretended:
            return real(name)
        if pretended[name] is None:
            raise metadata.PackageNotFoundError(name)
        return pretended[name]

    monkeypatch.setattr(metadata, "version", version)
    return pretended


def test_a_healthy_machine(capsys, root, monkeypatch):
    monkeypatch.chdir(root)
    monkeypatch.delenv("LABKIT_PROFILE", raising=False)
    status, text = report(capsys)
    assert status == 0
    assert "FIX" not in text
    for line in ("python", "labkit", "torch", "jupyterlab", "memory", "disk", "standard", "transformers", "cores"):
        assert line in text
    assert text.endswith("All that a learner needs is here.\n")


def test_a_missing_package_is_named_with_its_command(capsys, versions):
    versions["einops"] = None
    status, text = report(capsys)
    assert status == 1
    assert f'"{sys.executable}" -m pip install "einops>=0.8"' in text
    assert text.endswith("To mend before you start: einops.\n")


def test_an_old_package_is_named_with_its_command(capsys, versions):
    versions["anywidget"] = "0.9.2"  # as text it would be newer than 0.9.13
    status, text = report(capsys)
    assert status == 1
    assert "0.9.2 is too old" in text
    assert '--upgrade "anywidget>=0.9.13"' in text


def test_a_missing_oracle_stops_nobody(capsys, versions):
    versions["transformers"] = None
    status, text = report(capsys)
    assert status == 0
    assert 'pip install "transformers>=' in text


@pytest.mark.parametrize("error", [ImportError("No module named 'torch'"), OSError("libgomp.so: cannot open\nmore")])
def test_a_torch_that_does_not_load(capsys, monkeypatch, error):
    def broken(name: str) -> None:
        raise error

    monkeypatch.setattr(importlib, "import_module", broken)
    status, text = report(capsys)
    assert status == 1
    assert f"does not load: {str(error).splitlines()[0]}\n" in text


def test_nothing_is_installed_at_all(capsys, monkeypatch, root):
    def absent(name: str):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", absent)
    monkeypatch.setattr(metadata, "requires", absent)
    status, text = report(capsys)
    assert status == 1
    assert f'pip install --editable "{root}"' in text
    assert 'pip install "torch>=2.5"' in text
    assert 'pip install "papermill>=2.6"' in text


def test_requirements_from_pip_and_from_the_checkout_agree(monkeypatch):
    installed = [doctor.requirements(), doctor.requirements("test", "build")]
    monkeypatch.setattr(metadata, "requires", lambda name: (_ for _ in ()).throw(metadata.PackageNotFoundError(name)))
    assert [set(lines) for lines in installed] == [
        set(doctor.requirements()),
        set(doctor.requirements("test", "build")),
    ]


def test_widget_managers_are_looked_for(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    status, text = report(capsys)
    assert status == 1
    assert "JupyterLab cannot draw the explorers" in text


def test_a_profile_that_does_not_exist(capsys, monkeypatch):
    monkeypatch.setenv("LABKIT_PROFILE", "fast")
    status, text = report(capsys)
    assert status == 1
    assert "'standard' or 'quick', not 'fast'" in text
    assert "unset it" in text


def test_a_small_machine_is_told_so(monkeypatch):
    monkeypatch.setattr(os, "sysconf", lambda name: {"SC_PAGE_SIZE": 4096, "SC_PHYS_PAGES": 250_000}[name])
    assert doctor.memory().found == "1.0 GB"
    assert "LABKIT_PROFILE=quick" in doctor.memory().fix


def test_a_gpu_is_named(monkeypatch):
    torch = importlib.import_module("torch")
    card = SimpleNamespace(name="Test GPU", total_memory=24 * 2**30)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda index: card)
    assert "cuda:0             Test GPU, 24 GB" in "\n".join(map(str, doctor.torch_device()))


@pytest.mark.parametrize(
    ("version", "numbers"), [("2.13.0+cpu", (2, 13, 0)), ("5rc1", (5,)), ("1.2.3.dev4", (1, 2, 3)), ("", ())]
)
def test_versions_are_numbers(version, numbers):
    assert doctor.numbers(version) == numbers


def test_no_browser_is_said_aloud(monkeypatch):
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None)
    assert "skipped" in doctor.browser().fix


def test_a_learner_is_shown_no_optional_installs(capsys):
    assert doctor.main() == 0
    text = capsys.readouterr().out
    assert "papermill" not in text
    assert "labkit doctor --all" in text
