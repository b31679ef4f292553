"""What the tests cost: processor seconds by hour of the course, in a table at the end of a run.

A test belongs to the hour of its lecture, of its exercise, or of the system that it proves; the rest is the kit's. The
bar is 100 seconds an hour of the course, everything included: what all hours share counts for all.
"""

import re
import resource
import time
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BAR = 100  # processor seconds for each hour of the course
LEAST = 60  # seconds: a table of less says nothing
SPENT = "processor seconds"


def spent() -> float:
    """Of this process and of the children that it has waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Note with each report how much has been spent since the test before it ended, fixtures included."""
    item.user_properties.append((SPENT, spent()))
    yield


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Iterator[None]:
    """The last report of a test carries what it took."""
    if call.when == "teardown":
        began = next(value for name, value in item.user_properties if name == SPENT)
        item.user_properties[:] = [pair for pair in item.user_properties if pair[0] != SPENT]
        item.user_properties.append((SPENT, spent() - began))
    yield


def hours() -> dict[str, int]:
    """The hour of every lecture's name, room of exercises and file of proofs."""
    found = {}
    for path in (ROOT / "solutions").glob("[0-9][0-9]_*.py"):
        found[path.stem] = int(path.stem[:2])
    for room in (ROOT / "labkit" / "course" / "exercises").glob("*/__init__.py"):
        title = re.match(r'"""Hour (\d+)', room.read_text(encoding="utf-8"))
        if title:
            found[f"[{room.parent.name}."] = int(title[1])
    rows = tomllib.loads((ROOT / "labkit" / "catalogue.toml").read_text(encoding="utf-8")).values()
    return {**{row["proof"].split("::")[0]: row["hour"] for row in rows}, **found}


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    """The table, after everything else that a run says."""
    known, table = hours(), defaultdict(float)
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", None) == "teardown":
                name = report.nodeid
                hour = next((hour for part, hour in known.items() if part in name), 0)
                table[hour] += sum(value for key, value in report.user_properties if key == SPENT)
    total, lectures = sum(table.values()), len(list((ROOT / "solutions").glob("[0-9][0-9]_*.py")))
    if total < LEAST:
        return
    terminalreporter.section("processor seconds by hour of the course")
    for hour, seconds in sorted(table.items(), key=lambda pair: (pair[0] == 0, pair[0])):
        terminalreporter.write_line(f"{f'hour {hour}' if hour else 'the kit itself':16s} {seconds:8.0f}")
    each = total / max(lectures, 1)
    terminalreporter.write_line(f"{'all':16s} {total:8.0f}   {each:.0f} for each of {lectures} hours; the bar is {BAR}")
