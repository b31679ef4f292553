"""How grading processes are made. Imports nothing heavy, so that their imports can run beside this process's own."""

import multiprocessing
from multiprocessing import forkserver
from multiprocessing.context import BaseContext

IMPORTED = "labkit.course.grade.run.executors"


def processes() -> BaseContext:
    """Forked from a process that has imported everything and used nothing: a fork of torch at work can hang."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([IMPORTED])
    return context


def begin() -> None:
    """Let the first of them start with its imports now."""
    if processes().get_start_method() == "forkserver":
        forkserver.ensure_running()
