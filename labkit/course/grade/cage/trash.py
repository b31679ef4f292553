"""Removing files in a folder from which nothing can be removed (see `landlock`: what is removed could not be counted).

They are emptied instead, and stay as names until the folder goes. Temporary files and folders then work as usual.
"""

import errno
import importlib
import os
import stat
import tempfile
from collections.abc import Callable

Remove = Callable[..., None]


def install() -> None:
    """Let `os.remove`, `os.rmdir` and what is built on them do without the right to remove."""
    os.unlink = os.remove = _emptying(os.unlink)
    os.rmdir = _leaving(os.rmdir)
    place = tempfile.tempdir
    importlib.reload(tempfile)  # it keeps the functions that it found
    tempfile.tempdir = place


def _emptying(unlink: Remove) -> Remove:
    def remove(path: str | bytes | os.PathLike, *, dir_fd: int | None = None) -> None:
        """Remove a file; where that is refused, empty it."""
        try:
            unlink(path, dir_fd=dir_fd)
        except PermissionError as refused:
            try:
                os.close(os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW, dir_fd=dir_fd))
            except OSError:
                raise refused from None  # not one of its own files

    return remove


def _leaving(rmdir: Remove) -> Remove:
    def remove(path: str | bytes | os.PathLike, *, dir_fd: int | None = None) -> None:
        """Remove a folder; one in which emptied files are left stays."""
        try:
            rmdir(path, dir_fd=dir_fd)
        except OSError as error:
            if error.errno != errno.ENOTEMPTY or not _is_empty(path, dir_fd):
                raise

    return remove


def _is_empty(path: str | bytes | os.PathLike, dir_fd: int | None) -> bool:
    """Whether there are only emptied files, and folders of these."""
    place = os.open(path, os.O_RDONLY | os.O_DIRECTORY, dir_fd=dir_fd)
    try:
        for name in os.listdir(place):
            facts = os.stat(name, dir_fd=place, follow_symlinks=False)
            folder = stat.S_ISDIR(facts.st_mode)
            if facts.st_size and not (folder and _is_empty(name, place)):
                return False
    finally:
        os.close(place)
    return True
