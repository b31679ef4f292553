"""One view, one explorer, on the kernel's side: displayed again, in a cell that runs again, under ipywidgets 7."""

from types import SimpleNamespace

import anywidget
import pytest
import traitlets
from IPython.core.interactiveshell import InteractiveShell
from ipywidgets.widgets import widget as widgets
from matplotlib.figure import Figure

from labkit.show.kit import life
from labkit.show.kit.explorer import Explorer

VIEW = "application/vnd.jupyter.widget-view+json"


class Toy(Explorer):
    _esm = "export default {}"
    x = traitlets.Int(0).tag(sync=True)
    y = traitlets.Int(0).tag(sync=True)

    def picture(self) -> Figure:
        return Figure(figsize=(1, 1))

    def describe(self) -> str:
        return f"x is {self.x}"


@pytest.fixture
def cell(monkeypatch):
    """The cell that runs, by name and number of its run: `cell.now = ("a", 1)`."""
    here = SimpleNamespace(now=("a", 1))
    monkeypatch.setattr(life, "_where", lambda: here.now)
    monkeypatch.setattr(life, "_shown", {})
    return here


def display(explorer: Toy) -> str:
    """Display it; the view's widget, by name."""
    return explorer._repr_mimebundle_()[0][VIEW]["model_id"]


def widget(name: str) -> Toy:
    return widgets._instances[name]


def test_each_display_has_a_widget_of_its_own(cell):
    toy = Toy(x=1)
    first, cell.now = display(toy), ("b", 2)
    second = display(toy)
    assert len({first, second, toy.layout.model_id}) == 3
    assert widget(first) is not toy
    assert widget(second) is toy
    assert (widget(first).key, toy.key) == (first, second)
    widget(first).x = 5
    toy.y = 7
    assert [(shown.x, shown.y) for shown in (widget(first), toy)] == [(5, 0), (1, 7)]


def test_the_first_view_stays_as_it_was_before_the_cell_that_displays_again(cell):
    toy = Toy()
    toy.x = 1
    first, cell.now = display(toy), ("b", 2)
    toy.set_state({"y": 3})  # the page moved it
    cell.now = ("c", 3)
    toy.x, toy.y = 8, 9
    display(toy)
    assert (widget(first).x, widget(first).y) == (1, 3)
    assert (toy.x, toy.y) == (8, 9)


def test_what_was_set_in_an_earlier_cell_stays_in_the_first_view(cell):
    toy = Toy()
    first, cell.now = display(toy), ("b", 2)
    toy.x = 4
    cell.now = ("c", 3)
    display(toy)
    assert widget(first).x == 4


def test_questions_of_the_first_view_are_answered_there(cell, monkeypatch):
    sent = []
    monkeypatch.setattr(Toy, "send", lambda self, message, buffers=None: sent.append((self.key, message["answer"])))
    monkeypatch.setattr(Toy, "answer", lambda self, question: ({}, []))
    toy = Toy()
    first, cell.now = display(toy), ("b", 2)
    display(toy)
    widget(first)._handle_custom_msg({"ask": "me 1"}, [])
    toy._handle_custom_msg({"ask": "me 2"}, [])
    assert sent == [(first, "me 1"), (toy.key, "me 2")]


def test_a_cell_that_runs_again_closes_what_it_displayed(cell):
    old, other = Toy(), Toy()
    first = display(old)
    second = display(other)
    cell.now = ("b", 2)
    kept = display(Toy())
    cell.now = ("a", 3)
    new = display(Toy())
    assert {first, second} & set(widgets._instances) == set()
    assert {kept, new} <= set(widgets._instances)
    assert display(old) not in (first, ""), "what was closed can be displayed again"


def test_an_explorer_displayed_elsewhere_outlives_its_first_cell(cell):
    toy = Toy()
    first, cell.now = display(toy), ("b", 2)
    second, cell.now = display(toy), ("a", 3)
    display(Toy())
    assert first not in widgets._instances
    assert widget(second) is toy


def test_ipywidgets_7_leaves_the_picture(monkeypatch):
    """There a widget has `_ipython_display_`, which displays the view alone, and wins over the mime bundle."""
    monkeypatch.setattr(anywidget.AnyWidget, "_ipython_display_", lambda self: None, raising=False)
    data, _ = InteractiveShell().display_formatter.format(Toy(x=2))
    assert set(data) == {"image/png", "text/plain", VIEW}
    assert data["text/plain"] == "x is 2"
