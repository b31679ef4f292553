"""Cells as plain Python: what only IPython understands is blanked, line by line, so that line numbers stay."""

import re

MAGIC = re.compile(r"^\s*(?:%%?[A-Za-z_]|!|\?{1,2}\w)")
TIMED = re.compile(r"^(\s*)%time\s+(\S.*)$")  # the statement runs, and binds what it binds
ASSIGNED = re.compile(r"^(\s*)([\w., *]+?)\s*=\s*(?:%[A-Za-z_]|!)")
HELP = re.compile(r"^\s*%?[\w.*]+\?{1,2}\s*;?\s*$")
RUN_ANYWAY = {"time", "timeit", "capture", "prun", "python", "python3", "pypy"}  # cell magics whose body is Python
QUOTES = ('"""', "'''")


def plain(cell: str) -> str:
    """The cell without magics, shell commands and help requests; a cell in another language becomes empty lines.

    For cells that are no Python as they stand: in those that are, a line may begin with % for another reason.
    """
    lines = _without_prompts(cell.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    if lines and lines[first].lstrip().startswith("%%"):
        name = re.match(r"\s*%%(\w*)", lines[first])
        if name is None or name[1] not in RUN_ANYWAY:
            return "\n" * (len(lines) - 1)
        lines[first] = ""
    inside, goes_on, result = "", False, []
    for line in lines:
        timed = None if inside or goes_on else TIMED.match(line)
        if timed is not None:
            line = timed[1] + timed[2]
        blank = goes_on or (not inside and bool(MAGIC.match(line) or HELP.match(line)))
        found = None if inside else ASSIGNED.match(line)
        goes_on = blank and line.rstrip().endswith("\\")
        if blank:
            result.append(_nothing(line))
        elif found is not None:
            result.append(f"{found[1]}{found[2]} = []")
        else:
            inside = _quote_after(line, inside)
            result.append(line)
    return "\n".join(result)


def _without_prompts(lines: list[str]) -> list[str]:
    """Without prompts in front (`>>>`, `In [3]:`) and without an indentation that all lines share, as IPython does."""
    from IPython.core.inputtransformer2 import classic_prompt, ipython_prompt, leading_indent

    first = next((i for i, line in enumerate(lines) if line.strip()), 0)
    rest = [line + "\n" for line in lines[first:]]
    for transform in (leading_indent, classic_prompt, ipython_prompt):
        rest = transform(rest)
    return [""] * first + [line.rstrip("\n") for line in rest]


def _nothing(line: str) -> str:
    """A statement without effect, as deep as the line was: a block may consist of it."""
    return line[: len(line) - len(line.lstrip())] + "pass"


def _quote_after(line: str, inside: str) -> str:
    """The triple quote that is open after this line, if any. Comments and short strings are stepped over."""
    rest = line
    while rest:
        if inside:
            _, found, rest = rest.partition(inside)
            inside = "" if found else inside
            continue
        found = re.search(r"\"\"\"|'''|#|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'", rest)
        if found is None or found[0] == "#":
            return ""
        inside = found[0] if found[0] in QUOTES else ""
        rest = rest[found.end() :]
    return inside
