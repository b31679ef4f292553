"""Reading notebooks of every kind, good and bad, without their outputs."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from course.grade.standin import ROOT, notebook, write
from labkit.course.grade.paper import submission
from labkit.course.grade.paper.submission import Notebook, UnreadableError, parse, read, without_outputs

STUDENT = ROOT / "notebooks" / "07_transformer.ipynb"


def as_bytes(found: object) -> bytes:
    return json.dumps(found).encode()


def test_a_student_notebook_is_read_whole():
    found, cells = read(STUDENT), json.loads(STUDENT.read_text())["cells"]
    assert found.cells == tuple("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    assert found.hour == 7
    assert found.note == ""


@pytest.mark.parametrize(
    "outputs",
    [
        [],
        [{"text": 'a "quoted" \\" ] } [ { end\\'}],
        [{"data": {"outputs": [[{"a": "]"}]], "widgets": {"x": None}}}, 3, None, True],
        [{"text": ["\\\\", '"', "\\"]}],
    ],
)
def test_outputs_are_stepped_over(outputs: list):
    found = notebook("x = 'outputs'", 'y = {"outputs": [1]}', outputs=outputs)
    found["metadata"]["widgets"] = {"state": {"{": "}"}}
    for indent in (None, 1):
        text = json.dumps(found, indent=indent).encode()
        left = json.loads(without_outputs(text))
        assert [cell["outputs"] for cell in left["cells"]] == [None, None]
        assert left["metadata"] == {"labkit": {"hour": 7}, "widgets": None}
        assert parse(text).cells == ("x = 'outputs'", 'y = {"outputs": [1]}')


def test_running_a_notebook_again_does_not_change_its_content():
    before, after = notebook("x = 1"), notebook("x = 1", outputs=[{"text": "1"}])
    assert parse(as_bytes(before)).content == parse(as_bytes(after)).content
    assert parse(as_bytes(before)).content != parse(as_bytes(notebook("x = 2"))).content


def test_format_3_is_read_as_it_is():
    cells = [{"cell_type": "code", "input": ["a = 1\n", "b"]}, {"cell_type": "markdown", "source": "text"}]
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}
    found = parse(as_bytes(old))
    assert found.cells == ("a = 1\nb",)
    assert "format 3" in found.note


NOTHING = {"nbformat": 4, "cells": []}
BAD = {
    "no JSON": (b"# a script\nprint(1)", "this is not a notebook"),
    "a list": (b"[1, 2]", "which notebook format"),
    "no format": (as_bytes({"cells": []}), "which notebook format"),
    "no cells": (as_bytes({"nbformat": 4}), "no list of cells"),
    "a later format": (as_bytes({"nbformat": 5, "cells": []}), "format 5 is not known"),
    "sources that are numbers": (as_bytes(NOTHING | {"cells": [{"cell_type": "code", "source": [1]}]}), "not text"),
    "invalid UTF-8": (b'{"nbformat": 4, "cells": ["\xff\xfe"]}', "not UTF-8"),
    "UTF-16": ('{"nbformat": 4, "cells": []}'.encode("utf-16"), "not UTF-8"),
    "cut off": (as_bytes(notebook("x", outputs=[{"text": "y" * 50}]))[:150], "this is not"),
    "cut off in an output": (b'{"nbformat": 4, "cells": [{"outputs": [{"text": "', "ends in the middle"),
    "too deep": (b'{"nbformat": 4, "cells": ' + b"[" * 100_000, "nested too deeply"),
    "a number without end": (b'{"nbformat": ' + b"9" * 10_000 + b"}", "this is not a notebook"),
    "too many cells": (as_bytes(NOTHING | {"cells": [{}] * 5001}), "5001 cells"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_notebook_gives_a_reason(name: str, tmp_path: Path):
    data, words = BAD[name]
    path = tmp_path / "x.ipynb"
    path.write_bytes(data)
    with pytest.raises(UnreadableError, match=words) as error:
        read(path)
    assert "\n" not in str(error.value)


def test_odd_parts_are_passed_over():
    cells = [None, 3, {"cell_type": "code"}, {"cell_type": "raw", "source": "x"}, {"cell_type": "code", "source": "y"}]
    odd = {"nbformat": 4, "cells": cells, "metadata": [], "nbformat_minor": "x"}
    assert parse(as_bytes(odd)) == Notebook(("", "y"), None)
    assert parse(b"\xef\xbb\xbf" + as_bytes(odd)).cells == ("", "y")
    assert parse(as_bytes(odd | {"metadata": {"labkit": {"hour": "7"}}})).hour is None


def test_links_pipes_and_empty_files_are_not_opened(tmp_path: Path):
    (tmp_path / "secret.ipynb").write_bytes(as_bytes(notebook("x")))
    (tmp_path / "link.ipynb").symlink_to(tmp_path / "secret.ipynb")
    os.mkfifo(tmp_path / "pipe.ipynb")
    (tmp_path / "empty.ipynb").touch()
    for name, words in (("link", "symbolic link"), ("pipe", "not a plain file"), ("empty", "is empty")):
        with pytest.raises(UnreadableError, match=words):
            read(tmp_path / f"{name}.ipynb")


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def test_a_zip_with_one_notebook_is_read(tmp_path: Path):
    data = as_bytes(notebook("x = 1"))
    members = {"hand in/my.ipynb": data, "__MACOSX/._my.ipynb": b"", "a/.ipynb_checkpoints/my.ipynb": data}
    assert read(zipped(tmp_path / "x.zip", members)).cells == ("x = 1",)


def test_bad_zips_give_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    data = as_bytes(notebook("x = 1"))
    bomb = zipped(tmp_path / "bomb.zip", {"x.ipynb": b" " * (submission.ZIP_LIMIT + 10)})
    assert bomb.stat().st_size < 2**20
    two = zipped(tmp_path / "two.zip", {"a.ipynb": data, "b.ipynb": data})
    many = zipped(tmp_path / "many.zip", {f"{i}": b"" for i in range(2001)})
    broken = tmp_path / "broken.zip"
    broken.write_bytes(two.read_bytes()[:-30])
    for path, words in ((bomb, "zip bomb"), (two, "2 notebooks"), (many, "2001 files"), (broken, "cannot be opened")):
        with pytest.raises(UnreadableError, match=words):
            read(path)


def test_sizes_have_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(UnreadableError, match="without its outputs"):
        parse(as_bytes(notebook("x" * (submission.TEXT_LIMIT + 1))))
    monkeypatch.setattr(submission, "FILE_LIMIT", 100)
    with pytest.raises(UnreadableError, match="are allowed"):
        read(write(tmp_path / "x.ipynb", "x" * 200))


MEASURED = """
import resource, sys, time
from pathlib import Path
from labkit.course.grade.paper.submission import read
before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
cells = read(Path(sys.argv[1])).cells
with open("/proc/self/status") as status:
    own = next(int(line.split()[1]) for line in status if line.startswith("RssAnon"))
print(len(cells), own // 1024, time.perf_counter() - start)
"""


def test_200_mb_of_outputs_cost_no_memory(tmp_path: Path):
    path, line = tmp_path / "big.ipynb", json.dumps("iVBORw0KGgo" * 900 + "\n") + ","
    head, tail = json.dumps(notebook("a = 1", "b = 2", outputs=[{"data": ["X"]}])).split('"X"', 1)
    with path.open("w") as file:
        file.write(head)
        for _ in range(200 * 2**20 // len(line)):
            file.write(line)
        file.write('""' + tail)
    assert path.stat().st_size > 190 * 2**20
    done = subprocess.run([sys.executable, "-c", MEASURED, path], capture_output=True, text=True, check=True)
    cells, megabytes, seconds = done.stdout.split()
    assert cells == "2"
    assert int(megabytes) < 60, "outputs are stepped over, not loaded"
    assert float(seconds) < 10
