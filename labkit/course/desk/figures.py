"""Figures as people read them: with the digits that matter, and lists that do not run over the page."""

from collections.abc import Iterator, Mapping
from typing import Any

SHOWN, ENDS = 10, 4  # a list of up to SHOWN values is shown whole, of a longer one so many at each end


def rows(evidence: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """A row of name and value for each figure; what is named within a name, by both."""
    for name, value in evidence.items():
        if isinstance(value, Mapping):
            yield from ((f"{name}, {inner}", figure) for inner, figure in rows(value))
        else:
            yield str(name), text(value)


def text(value: Any) -> str:
    """A number, or a list of numbers, as text."""
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, tuple | list):
        if len(value) <= SHOWN:
            return ", ".join(map(text, value))
        first, last = (", ".join(map(text, part)) for part in (value[:ENDS], value[-ENDS:]))
        return f"{first}, …, {last} ({len(value)} values)"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return _decimal(value) if isinstance(value, float) else str(value)


def _decimal(value: float) -> str:
    """Four digits that count; whole numbers from a thousand on, powers of ten for what is tiny or huge."""
    size = abs(value)
    if not 1e-4 <= size < 1e7:
        return f"{value:.3g}"
    return f"{value:,.0f}" if size >= 1000 else f"{value:.4g}"
