"""Whose is a row of another system's table: names of any letters, numbers, worksheets in any language."""

import unicodedata
from pathlib import Path

import pytest

from course.grade.test_export import MOODLE, export, keep, result, template
from labkit.course.grade.export.directory import Asked, Directory

NAMES = {
    "two rows of one name": (["Jane Doe", "Jane Doe"], ["Jane Doe"], [None, None]),
    "Chinese": (["李 Wei", "张 Wei"], ["张 Wei"], [None, "张 Wei"]),
    "Cyrillic": (["Иван О.", "Анна К."], ["Анна К."], [None, "Анна К."]),
    "Korean, composed and not": (["김철수"], [unicodedata.normalize("NFD", "김철수")], ["김철수"]),
    "turned round and cased": (["Doe, Zoë", "DOE, JANE"], ["zoë doe", "Jane Doe"], ["zoë doe", "Jane Doe"]),
    "an accent is a letter": (["Zoe Doe"], ["Zoë Doe"], [None]),
}


@pytest.mark.parametrize("name", NAMES)
def test_names_of_any_letters_are_matched_one_to_one(name: str):
    rows, students, expected = NAMES[name]
    directory = Directory([result(student, student, 1.0) for student in students])
    found = directory.match([Asked(names=(row,)) for row in rows])
    normal = [one and unicodedata.normalize("NFC", one.student) for one in found]
    assert normal == expected
    assert bool(directory.said) == (name == "two rows of one name")


def test_a_folder_of_a_number_is_nobodys_participant(tmp_path: Path, capsys: pytest.CaptureFixture):
    out = keep(tmp_path / "out", result("4711", "4711", 1.0))
    rows = export(out, "moodle", *template(tmp_path, MOODLE))
    assert rows[1][4] == ""
    assert "4711: not found" in capsys.readouterr().err


GERMAN = """ID,"Vollständiger Name","E-Mail-Adresse",Status,Bewertung,Bestwertung,"Bewertung kann geändert werden",\
"Zuletzt geändert (Abgabe)","Zuletzt geändert (Bewertung)","Feedback als Kommentar"
"Teilnehmer/in4711","Jane Doe",jane@example.org,Abgegeben,,"100,00",Ja,-,-,
"Teilnehmer/in4712","Jo Roe",jo@example.org,Abgegeben,"5,00","100,00",Nein,-,-,
"""
FRENCH = GERMAN.replace("Bewertung kann geändert werden", "La note peut être modifiée").replace("Nein", "Non")
FRENCH = FRENCH.replace("Bestwertung", "Note maximale").replace("Bewertung", "Note").replace("Ja", "Oui")
SPANISH = FRENCH.replace("Note maximale", "Calificación máxima").replace("Note", "Calificación").replace("Non", "No")


@pytest.mark.parametrize("text", [GERMAN, FRENCH, SPANISH], ids=["German", "French", "Spanish"])
def test_a_worksheet_in_another_language(text: str, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    rows = export(out, "moodle", *template(tmp_path, text))
    assert [row[4] for row in rows[1:]] == ["100,00", "5,00"]
    said = capsys.readouterr().err
    assert "scaled from 16 to 100,00" in said
    assert "does not let this grade be changed" in said


def test_marks_that_cannot_be_scaled_say_so(out: Path, tmp_path: Path, capsys: pytest.CaptureFixture):
    export(out, "moodle", *template(tmp_path, "ID,Grade\n4711,\n4712,\n"))
    assert "not scaled" in capsys.readouterr().err
