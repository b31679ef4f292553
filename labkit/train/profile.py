"""How much a lecture computes: `standard` for the figures of the text, `quick` for a look and for CI."""

import os
from typing import Literal

Profile = Literal["standard", "quick"]


def profile(name: str | None = None) -> Profile:
    """The profile in force: `name` if given, else the environment's LABKIT_PROFILE, else `standard`.

    Raises ValueError for any other name.
    """
    chosen = name or os.environ.get("LABKIT_PROFILE") or "standard"
    if chosen not in ("standard", "quick"):
        raise ValueError(f"a profile is 'standard' or 'quick', not {chosen!r}")
    return chosen
