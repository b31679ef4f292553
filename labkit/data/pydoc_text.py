"""English to learn from: the reference text that ships inside Python, offline; tiny Shakespeare by download."""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from labkit.data.download import UnreachableError, fetch

SHAKESPEARE_MIRRORS = (
    "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare",
    "https://github.com/karpathy/char-rnn/raw/master/data/tinyshakespeare",
)
SHAKESPEARE_FILE = "input.txt"
SHAKESPEARE_SHA256 = "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"
COLUMNS = 70  # Python's documentation breaks its lines before they get longer
DRAWN = re.compile(r"\s*([*=\-~^\"+|_]+|[|].*[|])\s*")  # the line under a heading, a row of a table


@dataclass
class Text:
    """Documents to train on, and others, with nothing in common, to validate on."""

    title: str
    train: list[str]
    validation: list[str]


def load_text(dataset: str = "pydoc", seed: int = 0) -> Text:
    """Return "pydoc" or "shakespeare". Where a download is not possible, say so and return Python's own text.

    Raises ValueError for another name.
    """
    loaders = {"pydoc": lambda: pydoc_text(seed=seed), "shakespeare": shakespeare}
    if dataset not in loaders:
        raise ValueError(f"no text called {dataset!r}: choose one of {list(loaders)}")
    try:
        return loaders[dataset]()
    except UnreachableError as error:
        print(f"{error}. Using Python's own documentation instead.")
        return pydoc_text(seed=seed)


def pydoc_text(share: float = 0.1, seed: int = 0) -> Text:
    """Return the language reference that `help("topics")` shows, a document for each topic.

    Whole topics are kept for validation, drawn by `seed`, up to `share` of the characters. The topics quote each other
    at length: a paragraph is kept once, in the shortest topic that has it, so nothing stands on both sides. Raises
    ValueError for a share that is not between 0 and 1. Source: the Python Software Foundation, in every Python.
    """
    from pydoc_data.topics import topics

    if not 0 < share < 1:
        raise ValueError(f"the share kept for validation lies between 0 and 1: got {share}")
    return split_documents("Python's documentation", list(clean_topics(topics).values()), share, seed)


def split_documents(title: str, documents: Sequence[str], share: float, seed: int) -> Text:
    """Keep whole documents, in random order as long as they fit, for validation: up to `share` of the characters."""
    room, kept = share * sum(map(len, documents)), set()
    for number in random.Random(seed).sample(range(len(documents)), len(documents)):
        if len(documents[number]) <= room:
            kept.add(number)
            room -= len(documents[number])
    if not 0 < len(kept) < len(documents):
        raise ValueError(f"{share:.0%} of {len(documents)} documents leaves one side empty: choose another share")
    train, validation = ([d for n, d in enumerate(documents) if (n in kept) == side] for side in (False, True))
    return Text(title, train, validation)


def clean_topics(topics: Mapping[str, str]) -> dict[str, str]:
    """Each topic's own paragraphs, without tables and drawn lines.

    Line breaks that only the page's width made are undone. Raises ValueError if there is no text.
    """
    seen: set[str] = set()
    cleaned = {name: _own_paragraphs(topics[name], seen) for name in sorted(topics, key=lambda n: (len(topics[n]), n))}
    found = {name: cleaned[name] for name in topics if cleaned[name]}
    if not found:
        raise ValueError("this Python comes without its documentation: install the full standard library")
    return found


def _own_paragraphs(text: str, seen: set[str]) -> str:
    """The paragraphs whose words are not in `seen`, to which they are added."""
    kept = []
    for block in re.split(r"\n[ \t]*\n", text.expandtabs()):
        lines = [line.rstrip() for line in block.splitlines() if line.strip() and not DRAWN.fullmatch(line)]
        words = " ".join(" ".join(lines).split())
        if words and words not in seen:
            seen.add(words)
            kept.append(unwrap(lines))
    return "\n\n".join(kept)


def unwrap(lines: Sequence[str]) -> str:
    """Join the lines of a paragraph to one, if each was broken because its next word did not fit; else leave them.

    Code and tables break their lines for other reasons, and keep them, and their indentation.
    """
    forced = [len(a) + 1 + len(b.split()[0]) > COLUMNS for a, b in pairwise(lines)]
    prose = len(lines) > 1 or re.search(r"[a-z] .*[.:]$", lines[0])
    return " ".join(" ".join(lines).split()) if prose and all(forced) else "\n".join(lines)


def shakespeare(share: float = 0.1) -> Text:
    """Return "tiny Shakespeare", 1.1 million characters of the plays; the end of the file is for validation.

    Raises UnreachableError without network and cache. Karpathy 2015, https://github.com/karpathy/char-rnn
    """
    text = fetch(SHAKESPEARE_FILE, SHAKESPEARE_MIRRORS, SHAKESPEARE_SHA256).read_text(encoding="utf-8")
    cut = text.rindex("\n\n", 0, int(len(text) * (1 - share))) + 2  # between two speeches
    return Text("tiny Shakespeare", [text[:cut]], [text[cut:]])
