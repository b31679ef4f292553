"""Tensor shapes in words: which letter each size of a shape goes by."""

from collections.abc import Mapping, Sequence

from labkit.show.style import DIMENSION

UNNAMED = "#444444"


def named(shape: Sequence[int], axes: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return (letter, size) for each dimension of a shape.

    A size goes by the first letter of `axes` that has this size and stands for no earlier dimension of the shape; a
    small multiple of the width d goes by "4d"; else the letter is empty. Sizes that differ leave nothing to guess.
    """
    left, found = list(axes), []
    for size in shape:
        letter = next((name for name in left if axes[name] == size), "")
        if letter:
            left.remove(letter)
        elif axes.get("d", 0) > 1 and size in range(axes["d"], 9 * axes["d"], axes["d"]):
            letter = f"{size // axes['d']}d" if size > axes["d"] else "d"
        found.append((letter, size))
    return found


def written(shape: Sequence[int], axes: Mapping[str, int]) -> str:
    """Return a shape as text: `b t d = 2×10×64`, or `2×10×64` if none of its sizes has a letter."""
    return "".join(text for text, _ in colored(shape, axes))


def colored(shape: Sequence[int], axes: Mapping[str, int]) -> list[tuple[str, str]]:
    """Return a shape as pieces of (text, color): each letter, and its size, in the dimension's color."""
    pairs = named(shape, axes)
    color = [DIMENSION.get(letter[-1:], UNNAMED) for letter, _ in pairs]
    if not pairs:
        return [("scalar", UNNAMED)]
    pieces = []
    if any(letter for letter, _ in pairs):
        for i, (letter, size) in enumerate(pairs):
            pieces.append((f"{' ' if i else ''}{letter or size}", color[i]))
        pieces.append((" = ", UNNAMED))
    for i, (_, size) in enumerate(pairs):
        pieces += [("×", UNNAMED)] if i else []
        pieces.append((str(size), color[i]))
    return pieces
