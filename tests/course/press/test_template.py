from pathlib import Path

import pytest

from labkit.course.press.template import BuildError, badges, repository, setup_source


@pytest.mark.parametrize(
    "address", ["https://github.com/some/kit", "https://github.com/some/kit/", "https://github.com/some/kit.git"]
)
def test_the_repositorys_name_is_read_from_pyproject(tmp_path: Path, address: str):
    (tmp_path / "pyproject.toml").write_text(f'[project]\nname = "labkit"\n[project.urls]\nRepository = "{address}"\n')
    assert repository(tmp_path) == "https://github.com/some/kit"


def test_a_missing_name_is_told(tmp_path: Path):
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "labkit"\n')
    with pytest.raises(BuildError, match=r"add \[project\.urls\] with Repository"):
        repository(tmp_path)


def test_elsewhere_than_github_there_is_binder_only():
    made = badges("https://git.example.org/some/kit", "notebooks/07_transformer.ipynb")
    assert "mybinder.org/v2/git/https%3A%2F%2Fgit.example.org%2Fsome%2Fkit/HEAD" in made
    assert "colab" not in made


def test_badges_are_words_and_fetch_nothing():
    made = badges("https://github.com/some/kit", "notebooks/07_transformer.ipynb")
    assert made.count("](https://") == 2
    assert "![" not in made
    assert made.startswith("[Open in Binder](https://mybinder.org/v2/gh/some/kit/HEAD")
    assert "[Open in Colab](https://colab.research.google.com/github/some/kit/blob/main/notebooks/" in made


def run(monkeypatch: pytest.MonkeyPatch, found: list[bool], code: int, **environment: str) -> list[list[str]]:
    """Run the set-up cell; `found` says, one look after the other, whether labkit is there."""
    commands = []

    class Done:
        returncode, stderr = code, "pip: no such place"

    monkeypatch.setattr("importlib.util.find_spec", lambda name: object() if found.pop(0) else None)
    monkeypatch.setattr("subprocess.run", lambda command, **_: commands.append(command) or Done)
    monkeypatch.delenv("LABKIT_SOURCE", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    exec(compile(setup_source("https://github.com/some/kit"), "<set-up>", "exec"), {})
    return commands


def test_set_up_does_nothing_where_labkit_is(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    assert run(monkeypatch, [True], 0) == []
    assert capsys.readouterr().out == ""


def test_set_up_installs_where_it_is_not(monkeypatch: pytest.MonkeyPatch):
    assert run(monkeypatch, [False, True], 0)[0][-1] == "labkit[course] @ git+https://github.com/some/kit"
    assert run(monkeypatch, [False, True], 0, LABKIT_SOURCE="/my/checkout")[0][-1] == "/my/checkout[course]"


@pytest.mark.parametrize(("found", "code"), [([False], 1), ([False, False], 0)])
def test_set_up_says_what_to_do_when_it_fails(monkeypatch: pytest.MonkeyPatch, found: list[bool], code: int):
    with pytest.raises(RuntimeError, match="Is there a connection"):
        run(monkeypatch, found, code)
