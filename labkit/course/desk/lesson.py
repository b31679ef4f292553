"""The start of a notebook, and what it claims.

lesson = begin(7, profile)
claim("The scale keeps gradients alive", scaled > 10 * plain, {"scaled": scaled, "plain": plain})
score_so_far()
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import torch

from labkit.course.check.feedback import MARKS, WRONG, Note, show
from labkit.course.desk.exercise import standing
from labkit.course.desk.figures import rows
from labkit.course.desk.standard import begin_quick, end_quick
from labkit.course.desk.syntax import watch_syntax
from labkit.show.style import use_course_style
from labkit.train.device import device
from labkit.train.profile import Profile
from labkit.train.profile import profile as chosen_profile
from labkit.train.seeds import seed_everything

Value = TypeVar("Value")


class ClaimError(AssertionError):
    """A claim of the lecture does not hold on the numbers that it produced."""


@dataclass(frozen=True)
class Lesson:
    """Where and how the notebook runs."""

    hour: int
    device: torch.device
    profile: Profile
    seed: int

    def pick(self, *, standard: Value, quick: Value) -> Value:
        """The value for the profile in force."""
        return standard if self.profile == "standard" else quick


LESSON: list[Lesson] = []  # the one that this kernel has begun


def begin(hour: int, profile: str | None = None, seed: int = 0, threads: int = 1) -> Lesson:
    """Set seeds, pictures, threads and widgets up, and say on what the notebook runs.

    `profile` is papermill's parameter; without one LABKIT_PROFILE decides, else it is "standard". One CPU thread trains
    the small models of a lecture about as fast as two, and does not come to a crawl when another program wants a core.
    """
    lesson = Lesson(hour, device(), chosen_profile(profile), seed)
    LESSON[:] = [lesson]
    seed_everything(seed)
    torch.set_num_threads(threads)
    _colab_widgets()
    use_course_style()
    watch_syntax()
    print(f"Running on {_device_name(lesson.device)} in the {lesson.profile} profile.")
    end_quick()
    if lesson.profile == "quick":
        begin_quick(hour)
    return lesson


def claim(text: str, condition: Any, evidence: str | Mapping[str, Any] = "", only_in: Profile | None = None) -> None:
    """Show what the lecture says and the figures it rests on. Raises ClaimError if the condition does not hold.

    `evidence` names each figure with its unit: {"moved by 3 pixels: accuracy": 0.41}.
    `only_in="standard"` is for what a quick run computes too little to show: there the claim is told as not measured.
    """
    if only_in is not None and LESSON and LESSON[0].profile != only_in:
        show(Note(f"Not measured in the {LESSON[0].profile} profile: {text}"))
        return
    said, table = (evidence, []) if isinstance(evidence, str) else ("", [*rows(evidence)])
    holds = bool(condition)
    title, mark = (text, MARKS["passed"]) if holds else (f"Not so: {text}", WRONG)
    show(Note(title, [said] if said else [], mark, ("Measured", "Value"), table))
    if not holds:
        figures = said or "; ".join(f"{name} {value}" for name, value in table)
        raise ClaimError(f"{text} ({figures})" if figures else text)


def score_so_far() -> None:
    """Show the exercises of this hour and how far you have come."""
    show(standing(LESSON[0].hour if LESSON else None))


def _device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"the CPU with {torch.get_num_threads()} threads" if torch.get_num_threads() > 1 else "one CPU thread"


def _colab_widgets() -> None:
    """Colab shows third-party widgets only when asked to."""
    if "google.colab" in sys.modules:
        from google.colab import output

        output.enable_custom_widget_manager()
