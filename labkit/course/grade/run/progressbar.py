"""How far a run is: a bar with an estimate on a terminal, a line now and then elsewhere."""

import sys
import time
from typing import Any, TextIO

EVERY = 15.0  # seconds between two lines


class Bar:
    """Told of each step, it shows how many there are still to come, and about how long they will take."""

    def __init__(self, total: int, stream: TextIO | None = None):
        self.stream, self.total = stream or sys.stderr, total
        self.start = self.said = time.monotonic()
        self.bar: Any = None

    def __enter__(self) -> "Bar":
        if self.stream.isatty():
            from tqdm import tqdm

            self.bar = tqdm(total=self.total, desc="graded", unit="notebook", file=self.stream, dynamic_ncols=True)
        return self

    def __exit__(self, *error: object) -> None:
        if self.bar is not None:
            self.bar.close()

    def tell(self, done: int, total: int) -> None:
        """Show that so many are done."""
        if self.bar is not None:
            self.bar.update(done - self.bar.n)
            return
        now = time.monotonic()
        if done == total or now - self.said >= EVERY:
            self.said = now
            left = (now - self.start) / done * (total - done)
            rest = f", about {_in_words(left)} left" if done < total else f" in {_in_words(now - self.start)}"
            print(f"{done} of {total} graded{rest}", file=self.stream, flush=True)


def _in_words(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
