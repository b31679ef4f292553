"""Moodle's grading worksheet, filled in. Moodle finds students by its first column, "Participant NUMBER".

The worksheet is in the language of whoever downloads it; the order of its columns is always the same: ..., grade,
maximum grade, whether the grade can be changed, .... So the grade's column is found by its heading (English, German,
French, Spanish, or --column), and the two behind it by where they are. Only the grade, and the feedback where the
worksheet has a column for it, are changed: Moodle compares the rest, the time of the last change above all, with what
it knows.
"""

from labkit.course.grade.errors import GradingError
from labkit.course.grade.export.directory import Asked, Directory
from labkit.course.grade.export.sheets import Sheet, points_of, scaled
from labkit.course.grade.marks.result import Result

GRADE = ("Grade", "Bewertung", "Note", "Calificación")
WORDS = ("Feedback comments", "Feedback als Kommentar", "Feedback par commentaires", "Comentarios de retroalimentación")
LOGINS = ("ID number", "Username", "Email address", "E-Mail-Adresse", "Adresse de courriel", "Dirección de correo")
NAMES = ("Full name", "Vollständiger Name", "Nom complet", "Nombre completo")
NO = {
    "no",
    "nein",
    "non",
    "nee",
    "não",
    "nej",
    "nei",
    "ei",
    "nie",
    "ne",
    "нет",
    "ні",
    "hayır",
    "いいえ",
    "否",
    "아니오",
}
NO |= {"否", "아니오", "아니요", "不", "όχι", "לא", "لا"}


def for_moodle(
    results: list[Result], directory: Directory, template: Sheet | None, column: str | None
) -> tuple[Sheet, list[str]]:
    """The worksheet with the marks, and what to say about it. Raises GradingError without a worksheet."""
    if template is None:
        text = "Moodle reads its own worksheet only: download it (Download grading worksheet)"
        raise GradingError(f"{text} and give it as --template")
    grade, words = template.column(*([column] if column else GRADE)), template.column(*WORDS)
    if grade is None:
        raise GradingError(f"the worksheet has no column {column or GRADE[0]!r}: name it with --column")
    rows = template.rows[1:]
    most, changeable = _behind(rows, grade)
    found = directory.match([_asked(row, template) for row in rows])
    said = [] if most is not None else ["not scaled: behind the grade stands no column of maximum grades"]
    for row, result in zip(rows, found, strict=True):
        if result is None:
            continue
        if changeable is not None and row[changeable].strip().casefold() in NO:
            said.append(f"{result.student}: Moodle does not let this grade be changed")
            continue
        scale = row[most] if most is not None else ""
        score = scaled(result, scale)
        row[grade] = score.replace(".", ",") if "," in scale else score
        if words is not None:
            row[words] = "".join(mark.words().html() for mark in result.marks)
        if points_of(scale) not in (None, result.max_score):
            said.append(f"scaled from {result.max_score:g} to {scale} points, as the assignment in Moodle has")
    return template, list(dict.fromkeys(said))


def _behind(rows: list[list[str]], grade: int) -> tuple[int | None, int | None]:
    """The columns of the maximum grade and of whether a grade can be changed, if they stand behind the grade."""
    width = min(map(len, rows), default=0)
    if grade + 1 >= width or not all(points_of(row[grade + 1]) for row in rows):
        return None, None
    same = len({row[grade + 2].strip().casefold() for row in rows}) <= 2 if grade + 2 < width else False
    return grade + 1, grade + 2 if same else None


def _asked(row: list[str], template: Sheet) -> Asked:
    number = "".join(character for character in row[0] if character.isdigit())
    logins = tuple(row[i] for i in (template.column(name) for name in LOGINS) if i is not None)
    names = tuple(row[i] for i in (template.column(name) for name in NAMES) if i is not None)
    return Asked((number,), logins, names)
