"""What one submission may use."""

from dataclasses import dataclass

MEGABYTE = 2**20


@dataclass(frozen=True)
class Limits:
    """What the process of one submission may use; beyond it, calls fail or the process is killed."""

    memory: int = 2048 * MEGABYTE  # bytes, beyond what the warm worker has before any line of the learner runs
    cpu: int = 60  # seconds of processor time of one process
    wall: float = 60.0  # seconds for the whole submission, however many of its processes die
    setup: float = 10.0  # seconds for the cells that an exercise needs, beside the exercise's own limit for its cases
    file: int = 16 * MEGABYTE  # bytes of one file
    disk: int = 64 * MEGABYTE  # bytes of all files together
    entries: int = 500  # files and folders
    descriptors: int = 64  # open files
    output: int = 64 * 1024  # bytes of printed text that are kept; the rest is read and dropped
    results: int = 32 * MEGABYTE  # bytes of what comes back for one exercise
    threads: int = 32
