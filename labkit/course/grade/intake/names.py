"""Names written by strangers: of students, from file names. They are data wherever they go."""

import hashlib
import re
import unicodedata

SAFE = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
RESERVED = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]")  # devices, on Windows
LONGEST = 120
HIDDEN = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")  # control characters, turned directions, half characters, line ends


def readable(name: str) -> str:
    """A name that can be shown: no terminal codes, no line ends, one way of writing each letter, not endless."""
    known = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    shown = "".join("�" if unicodedata.category(c) in HIDDEN else c for c in unicodedata.normalize("NFC", known))
    return " ".join(shown.split())[:LONGEST] or "(no name)"


def file_name(name: str) -> str:
    """A file name for it, safe on every system: no folder, no device, different for different names."""
    if SAFE.fullmatch(name) and not RESERVED.fullmatch(name):
        return name
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9_]+", "-", plain).strip("-")[:48] or "student"
    return f"{stem}-{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:8]}"


def cell(text: str) -> str:
    """A text for a cell of a CSV file: one that a spreadsheet would take for a formula gets an apostrophe in front."""
    return f"'{text}" if text.lstrip().startswith(("=", "+", "-", "@")) or text.startswith(("\t", "\r", "\n")) else text


def for_markdown(text: str) -> str:
    """A text in Markdown, with nothing in it that Markdown or HTML would act on."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    escaped = re.sub(r"([\\`*_\[\]|~])", r"\\\1", escaped)
    return re.sub(r"^(\s*\d*)([#+=-]|[.)](?=\s))", r"\1\\\2", escaped, flags=re.MULTILINE)
