"""Files that the field publishes: fetched once, checked, kept.

A file is fetched into the user's cache (or the folder in the environment variable LABKIT_DATA), from the first mirror
that answers, and is used only if its checksum is the published one.
"""

import logging
import os
from collections.abc import Sequence
from pathlib import Path


class UnreachableError(OSError):
    """None of the mirrors gave the published file."""


def fetch(name: str, mirrors: Sequence[str], sha256: str) -> Path:
    """Return the path of a published file, downloading it from one of the `mirrors` (folders) if it is not here yet.

    What is not the published file, such as the login page of a network, is thrown away, and the next mirror is asked.
    Raises UnreachableError if no mirror gives it; the message says what was wrong with each.
    """
    import pooch
    from requests.exceptions import RequestException

    pooch.get_logger().setLevel(logging.WARNING)
    folder = os.environ.get("LABKIT_DATA") or pooch.os_cache("labkit")
    said = []
    for mirror in mirrors:
        try:
            return Path(pooch.retrieve(f"{mirror}/{name}", f"sha256:{sha256}", name, folder))
        except (RequestException, OSError) as error:
            said.append(f"{mirror}: {type(error).__name__}")
        except ValueError:  # pooch found another checksum
            said.append(f"{mirror}: sent something else, perhaps a login page")
    raise UnreachableError(f"{name} could not be downloaded ({'; '.join(said)})")
