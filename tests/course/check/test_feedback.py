from html.parser import HTMLParser

import pytest

from labkit.course.check.checking import check
from labkit.course.check.feedback import WRONG, Note, feedback
from labkit.course.exercises.transformer.attend import EXERCISE as ATTEND

VOID = {"br"}


class Page(HTMLParser):
    """Fails at tags that are not closed, and keeps the text and the attributes."""

    def __init__(self, page: str):
        super().__init__()
        self.open: list[str] = []
        self.words, self.attributes = "", []
        self.feed(page)
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        self.attributes += [(tag, *pair) for pair in attributes]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data


def notes() -> list[Note]:
    answers = [ATTEND.answer, ATTEND.misconceptions[0].implementation, lambda *inputs: 5, lambda *inputs: 1 / 0]
    return [feedback(check(ATTEND, answer, 0)) for answer in answers]


@pytest.mark.parametrize("note", notes(), ids=["right", "slip", "nothing", "error"])
def test_html_and_text_say_the_same(note: Note):
    bundle = note._repr_mimebundle_()
    page = Page(bundle["text/html"])
    for paragraph in note.paragraphs:
        for line in paragraph.split("\n"):
            assert line.replace("`", "") in page.words
            assert line in bundle["text/plain"]
    for row in note.rows:
        assert all(cell in page.words and cell in bundle["text/plain"] for cell in row)


def test_code_of_the_learner_is_escaped():
    def answer(*inputs):
        return inputs < "<script>alert(1)</script>"

    page = feedback(check(ATTEND, answer, 0)).html()
    assert "<script" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("note", notes(), ids=["right", "slip", "nothing", "error"])
def test_it_is_read_in_any_theme_and_by_a_screen_reader(note: Note):
    page = Page(note.html())
    styles = " ".join(value for _, name, value in page.attributes if name == "style")
    assert "background" not in styles, "text and background come from the page"
    assert [value for tag, name, value in page.attributes if name == "aria-label"] == [note.mark[2]]
    headings = [value for tag, name, value in page.attributes if tag == "th" and name == "scope"]
    assert headings == ["col"] * len(note.heading) * bool(note.rows)


def contrast(one: str, other: str) -> float:
    def luminance(color: str) -> float:
        parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mark", [*(note.mark for note in notes()), WRONG, Note("").mark])
def test_marks_stand_out_on_white_and_on_jupyterlabs_dark(mark: tuple[str, str, str]):
    assert contrast(mark[1], "#ffffff") >= 3
    assert contrast(mark[1], "#111111") >= 3


def test_uneven_backticks_are_left_alone():
    assert "a ` b" in Note("a ` b").html()
    assert "<code>b</code>" in Note("a `b` c").html()
