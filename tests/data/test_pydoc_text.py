import hashlib
import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest

from labkit.data import pydoc_text as module
from labkit.data.download import UnreachableError
from labkit.data.pydoc_text import clean_topics, load_text, pydoc_text, shakespeare, split_documents, unwrap

NOWHERE = ("http://127.0.0.1:9",)  # the port of a service that nobody runs


def paragraphs(documents):
    return [" ".join(block.split()) for document in documents for block in document.split("\n\n")]


def test_cleaning_by_hand():
    long = "The quick brown fox jumps over the lazy dog and runs away across the"
    topics = {
        "with": f"The with statement\n{'*' * 18}\n\n   {long}\n   countryside.  And on.\n\n   with x:\n       y\n\n"
        "+--+\n| a |\n+--+\n",
        "compound": f"Compound\n========\n\nOwn words, only here.\n\n{long} countryside. And on.\n",
        "copy": "Own words,   only\nhere.",
        "empty": "****\n",
    }
    assert clean_topics(topics) == {
        "with": "The with statement\n\n   with x:\n       y",
        "compound": f"Compound\n\n{long} countryside. And on.",
        "copy": "Own words,   only\nhere.",
    }, "each paragraph once, in the shortest topic that has it"


def test_line_breaks_that_were_forced_are_undone():
    full = "x" * 60
    assert unwrap([f"   {full} a", f"   {full} b", "   end"]) == "\n".join([f"   {full} a", f"   {full} b", "   end"])
    assert unwrap([f"   {full} a", f"   {full} b", f"   {full}  end"]) == f"{full} a {full} b {full} end"
    assert unwrap(["   A sentence by itself."]) == "A sentence by itself."
    assert unwrap(["   x = [1,", "        2]"]) == "   x = [1,\n        2]"
    assert unwrap(["   for_stmt ::= x"]) == "   for_stmt ::= x"


@pytest.mark.parametrize("seed", range(5))
def test_nothing_stands_on_both_sides(seed):
    text = pydoc_text(seed=seed)
    everything = paragraphs(text.train + text.validation)
    assert len(everything) == len(set(everything))
    size = sum(map(len, text.train + text.validation))
    assert size > 250_000
    assert 0.085 < sum(map(len, text.validation)) / size <= 0.1
    assert len(text.validation) >= 3


def test_the_text_is_clean():
    everything = "\n\n".join(pydoc_text().train)
    assert "\n****" not in everything
    assert "-----+" not in everything
    assert "\n\n\n" not in everything
    assert "\t" not in everything
    assert len(re.findall(r"[a-z,]\n[a-z]", everything)) < 0.02 * len(re.findall("[a-z,] [a-z]", everything))


def test_the_same_seed_gives_the_same_split():
    one, same, other = (pydoc_text(seed=seed) for seed in (1, 1, 2))
    assert one == same
    assert one.validation != other.validation
    assert set(one.train + one.validation) == set(other.train + other.validation)


def test_a_share_that_leaves_a_side_empty():
    with pytest.raises(ValueError, match="0% of 2 documents leaves one side empty"):
        split_documents("two", ["aaaa", "bbbb"], 0.001, 0)
    for share in (0.0, 1.0, -1.0):
        with pytest.raises(ValueError, match="lies between 0 and 1"):
            pydoc_text(share)
    with pytest.raises(ValueError, match="comes without its documentation"):
        clean_topics({"a": "***"})


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    (tmp_path / "served").mkdir()
    monkeypatch.setenv("LABKIT_DATA", str(tmp_path / "cache"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path / "served"))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(module, "SHAKESPEARE_MIRRORS", (*NOWHERE, f"http://127.0.0.1:{server.server_port}"))
    yield tmp_path / "served"
    server.shutdown()
    server.server_close()


def test_shakespeare_from_a_mirror(mirror, monkeypatch):
    speeches = "\n\n".join(f"Speaker {n}:\nTo be, or not to be, {n} times." for n in range(100))
    (mirror / module.SHAKESPEARE_FILE).write_text(speeches, encoding="utf-8")
    monkeypatch.setattr(module, "SHAKESPEARE_SHA256", hashlib.sha256(speeches.encode()).hexdigest())
    text = load_text("shakespeare")
    assert text.title == "tiny Shakespeare"
    assert text.train[0] + text.validation[0] == speeches
    assert text.train[0].endswith(".\n\n")
    assert text.validation[0].startswith("Speaker")
    assert 0.1 <= len(text.validation[0]) / len(speeches) < 0.12
    (mirror / module.SHAKESPEARE_FILE).unlink()
    assert shakespeare() == text, "from the cache"


def test_what_is_not_the_published_file_is_refused(mirror, capsys):
    (mirror / module.SHAKESPEARE_FILE).write_text("forged")
    with pytest.raises(UnreachableError, match="sent something else"):
        shakespeare()
    assert load_text("shakespeare", seed=1) == pydoc_text(seed=1)
    assert "Using Python's own" in capsys.readouterr().out


def test_without_network_pythons_own_text_serves_and_it_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LABKIT_DATA", str(tmp_path))
    monkeypatch.setattr(module, "SHAKESPEARE_MIRRORS", NOWHERE)
    assert load_text("shakespeare", seed=1) == pydoc_text(seed=1)
    assert (
        "could not be downloaded (http://127.0.0.1:9: ConnectionError). Using Python's own" in capsys.readouterr().out
    )
    with pytest.raises(UnreachableError):
        shakespeare()


def test_another_name_is_refused():
    with pytest.raises(ValueError, match=r"no text called 'bible': choose one of \['pydoc', 'shakespeare'\]"):
        load_text("bible")
