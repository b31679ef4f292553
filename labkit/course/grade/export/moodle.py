"""Moodle's grading worksheet, filled in. Moodle finds students by its first column, "Participant NUMBER".

Only the grade, and the feedback where the worksheet has a column for it, are changed: Moodle compares the rest, the
time of the last change above all, with what it knows.
"""

from labkit.course.grade.errors import GradingError
from labkit.course.grade.export.sheets import Directory, Sheet, points_of, scaled
from labkit.course.grade.marks.result import Result

GRADE, MOST, CHANGEABLE, WORDS = "Grade", "Maximum Grade", "Grade can be changed", "Feedback comments"
NAMES = ("ID number", "Username", "Email address", "Full name")


def for_moodle(
    results: list[Result], directory: Directory, template: Sheet | None, column: str | None
) -> tuple[Sheet, list[str]]:
    """The worksheet with the marks, and what to say about it. Raises GradingError without a worksheet."""
    if template is None:
        text = "Moodle reads its own worksheet only: download it (Download grading worksheet)"
        raise GradingError(f"{text} and give it as --template")
    grade, most, changeable, words = (template.column(name) for name in (column or GRADE, MOST, CHANGEABLE, WORDS))
    if grade is None:
        raise GradingError(f"the worksheet has no column {column or GRADE!r}: name it with --column")
    names = [i for i in map(template.column, NAMES) if i is not None]
    said: list[str] = []
    for row in template.rows[1:]:
        number = "".join(character for character in row[0] if character.isdigit())
        result = directory.find(number, *(row[i] for i in names))
        if result is None:
            continue
        if changeable is not None and row[changeable].strip().lower() == "no":
            said.append(f"{result.student}: Moodle does not let this grade be changed")
            continue
        scale = row[most] if most is not None else ""
        row[grade] = scaled(result, scale)
        if words is not None:
            row[words] = "".join(mark.words().html() for mark in result.marks)
        if points_of(scale) not in (None, result.max_score):
            said.append(f"scaled from {result.max_score:g} to {scale} points, as the assignment in Moodle has")
    return template, list(dict.fromkeys(said))
