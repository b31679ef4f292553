"""One view, one explorer: what is displayed again, and what a cell that ran again has left behind."""

import uuid
import warnings
from typing import Any

import ipywidgets

_shown: dict[str, tuple[int, list[ipywidgets.Widget]]] = {}  # a cell: when it last ran, and what it displayed then


def key() -> str:
    """Return a name that no other widget has."""
    return uuid.uuid4().hex


class Lives:
    """An explorer that may be displayed more than once: each view then has a widget of its own.

    The variable always means the explorer that was displayed last. Those before it live on by themselves, as they were
    before the cell that displays it again. Inherit it before the widget's class, and call `displayed` in
    `_repr_mimebundle_`.
    """

    _views = 0
    _turn: Any = None  # the cell in which Python last changed a trait
    _before: dict[str, Any] | None = None  # what those traits were when that cell began

    def remember(self, change: dict[str, Any]) -> None:
        """Keep what a trait was before Python changed it in this cell; what the page changes is left as it is."""
        if self._property_lock or not change["owner"].trait_metadata(change["name"], "sync"):
            return
        if self._before is None or self._turn != _where():
            self._turn, self._before = _where(), {}
        self._before.setdefault(change["name"], change["old"])

    def displayed(self) -> None:
        """A view is about to open: see that the widget behind it has no other."""
        if self._views or self.comm is None:
            left = self._leave()
            for _, widgets in _shown.values():
                widgets[:] = [left if widget is self else widget for widget in widgets]
        self._views += 1
        self._before = None
        _shows(self)

    def _leave(self) -> ipywidgets.Widget | None:
        """Let a twin serve the view that is open, and begin anew with a widget that has none."""
        twin, comm = None, self.comm
        before = self._before if self._before and self._turn == _where() else {}
        if comm is not None:
            twin = type(self).__new__(type(self))
            state = self.__getstate__()
            state["_trait_values"] |= {**before, "comm": None, "_msg_callbacks": ipywidgets.CallbackDispatcher()}
            with warnings.catch_warnings():  # it looks at all of a widget's attributes, some of which are deprecated
                warnings.simplefilter("ignore", DeprecationWarning)
                twin.__setstate__(state)
            twin.comm = comm
            twin.live()
            twin.send_state(list(before) or ["key"])
        self.comm, self._model_id = None, key()
        self.key = self._model_id
        self.open()
        return twin


def _where() -> tuple[str | None, int]:
    """Return the cell that runs now, as the notebook names it, and the number of its run."""
    from IPython import get_ipython

    shell = get_ipython()
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    return (parent.get("metadata") or {}).get("cellId"), getattr(shell, "execution_count", 0)


def _shows(explorer: ipywidgets.Widget) -> None:
    """Note what a cell displays, and close what it displayed when it last ran: nobody sees it any more."""
    cell, turn = _where()
    if cell is None:
        return
    last, widgets = _shown.get(cell, (turn, []))
    if last != turn:
        for widget in widgets:
            widget.close()
            widget.__dict__.pop("_repr_mimebundle_", None)  # ipywidgets takes it away; it may be displayed again
        widgets = []
    _shown[cell] = (turn, [*widgets, explorer])
