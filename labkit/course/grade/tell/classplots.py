"""Pictures for the class report: how marks lie, how many passed, which slips many make."""

from pathlib import Path

from labkit.course.check.checking import PASSED
from labkit.course.grade.tell.tally import Class
from labkit.show.style import COLOR, RC

MOST = 12  # slips in the picture


def plots(folder: Path, found: Class) -> dict[str, str]:
    """Draw the pictures of an hour. Gives their file names, each with what it shows in words."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {f"hour-{found.hour}-marks.png": _marks(folder, found)}
    drawn[f"hour-{found.hour}-exercises.png"] = _exercises(folder, found)
    if found.slips:
        drawn[f"hour-{found.hour}-slips.png"] = _slips(folder, found)
    return drawn


def _draw(path: Path, height: float, title: str, draw) -> None:
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context(RC):
        figure = Figure(figsize=(7.2, height), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        draw(axes)
        axes.set_title(title)
        figure.savefig(path, dpi=110, metadata={"Software": None})


def _marks(folder: Path, found: Class) -> str:
    top = max(found.max_score, 1e-9)
    edges = [top * i / 13 for i in range(14)]

    def draw(axes) -> None:
        axes.hist(found.scores, bins=edges, color=COLOR["blue"], edgecolor="white")
        axes.set_xlabel(f"points, of {found.max_score:g}")
        axes.set_ylabel("students")
        axes.yaxis.get_major_locator().set_params(integer=True)

    title = f"Hour {found.hour}: marks of {len(found.scores)} students"
    _draw(folder / f"hour-{found.hour}-marks.png", 3.0, title, draw)
    return f"{title}. {found.summary()}"


def _exercises(folder: Path, found: Class) -> str:
    names = [id.partition(".")[2] for id in found.statuses]
    counts = list(found.statuses.values())
    passed = [count[PASSED] for count in counts]
    untried = [count["not attempted"] + count["missing"] for count in counts]
    wrong = [len(found.scores) - right - none for right, none in zip(passed, untried, strict=True)]

    def draw(axes) -> None:
        left = [0] * len(names)
        for label, part, color in (("right", passed, "green"), ("not yet right", wrong, "orange"),
                                   ("not attempted", untried, "gray")):  # fmt: skip
            axes.barh(names, part, left=left, color=COLOR[color], label=label)
            left = [a + b for a, b in zip(left, part, strict=True)]
        axes.invert_yaxis()
        axes.set_xlabel("students")
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=3)

    title = f"Hour {found.hour}: how many have solved each exercise"
    _draw(folder / f"hour-{found.hour}-exercises.png", 1.6 + 0.4 * len(names), title, draw)
    return f"{title}: " + ", ".join(f"{name} {count}" for name, count in zip(names, passed, strict=True)) + "."


def _slips(folder: Path, found: Class) -> str:
    most = found.slips.most_common(MOST)
    names = [f"{slip[:60]} ({id.partition('.')[2]})" for (id, slip), _ in most]

    def draw(axes) -> None:
        axes.barh(names, [count for _, count in most], color=COLOR["purple"])
        axes.invert_yaxis()
        axes.set_xlabel("students")
        axes.xaxis.get_major_locator().set_params(integer=True)

    title = f"Hour {found.hour}: misconceptions"
    _draw(folder / f"hour-{found.hour}-slips.png", 1.4 + 0.35 * len(names), title, draw)
    return f"{title}: " + ", ".join(f"{name} {count}" for name, (_, count) in zip(names, most, strict=True)) + "."
