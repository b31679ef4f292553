"""What all explorers share on the kernel's side; the page's side is in the kit's .js files.

An explorer is a folder of its own with a class, an ES module and a style sheet:

    class LatentExplorer(Explorer):
        _esm, _css = sources("latent")          # latent/latent.js with what it imports, kit.css + latent/latent.css
        x = traitlets.Float(0.0).tag(sync=True)

        def picture(self) -> Figure: ...        # what a page without a kernel shows
        def describe(self) -> str: ...          # the same in a sentence
        def answer(self, question): ...         # only where the page asks for what the model must compute

    // latent/latent.js
    import { Paper } from "../kit/paper.js";
    import { Stage } from "../kit/stage.js";

    class Latent extends Stage {
      constructor(context) {
        super(context, "latent", "Latent explorer");
        this.paper = new Paper(this, this.body, { tabindex: 0 });
      }
      arrange(width) { this.paper.resize(width, 300); }
      drawNow() { ...; this.say("..."); }
    }
    export default { render: context => new Latent(context).start(["x"]) };
"""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import anywidget
import traitlets
from matplotlib.figure import Figure

from labkit.show.kit.life import Lives, key
from labkit.show.kit.picture import bundle, png, view_of
from labkit.show.kit.traits import follow

SHOW = Path(__file__).parents[1]
Answer = tuple[dict[str, Any], list[bytes]]


def sources(name: str) -> tuple[str, str]:
    """Return an explorer's ES module and style sheet, each after what it takes from the kit."""
    styles = (SHOW / "kit" / "kit.css", SHOW / name / f"{name}.css")
    script = linked(SHOW / name / f"{name}.js")
    counts = Counter(DECLARED.findall(script))
    twice = [declared for declared, count in counts.items() if count > 1]
    if twice:
        raise ValueError(f"{name}.js and what it imports declare {', '.join(twice)} more than once: rename one of them")
    return script, "".join(path.read_text() for path in styles)


DECLARED = re.compile(r"^(?:export )?(?:const|let|function|class) (\w+)", re.MULTILINE)
IMPORT = re.compile(r'^import \{[^}]*\} from "(\.[\w./]+)";\n', re.MULTILINE)


def linked(path: Path, done: set[Path] | None = None) -> str:
    """Return an ES module with all that it imports in front of it, each file once: a widget is one text."""
    done = set() if done is None else done
    if path in done:
        return ""
    done.add(path)
    text = path.read_text()
    return "".join(linked((path.parent / name).resolve(), done) for name in IMPORT.findall(text)) + IMPORT.sub("", text)


class Explorer(Lives, anywidget.AnyWidget):
    """An interactive picture with a still one beside it.

    Subclasses say what they show, and answer the page's questions.

    A question is what `Asker.ask` sent; an answer is a dict of plain values and a list of bytes. What goes wrong while
    answering is told to the page, and raised here so that the notebook's log has it.
    """

    goal = traitlets.Unicode("").tag(sync=True)  # what the page asks the reader to find; "" for nothing
    key = traitlets.Unicode().tag(sync=True)  # the page finds its own widget by it
    _ipython_display_ = None  # ipywidgets 7 has one, which would leave no picture

    def __init__(self, **traits: Any):
        named = key()
        super().__init__(model_id=named, key=named, **traits)
        self.live()

    def live(self) -> None:
        """Hear the page, and watch what Python changes."""
        self.on_msg(self._hear)
        follow(self)
        self.observe(self.remember)

    def picture(self) -> Figure:
        """Draw what the explorer shows now."""
        raise NotImplementedError(f"{type(self).__name__} has no picture for a page without a kernel")

    def describe(self) -> str:
        """Return in a sentence what the explorer shows now."""
        raise NotImplementedError(f"{type(self).__name__} has no words for what it shows")

    def answer(self, question: dict[str, Any]) -> Answer:
        """Compute what the page asks for."""
        raise NotImplementedError(f"{type(self).__name__} answers no questions, but was asked {question}")

    def _hear(self, _: Any, message: dict[str, Any], buffers: list[Any]) -> None:
        if "ask" not in message:
            return
        question = {name: value for name, value in message.items() if name != "ask"}
        try:
            values, found = self.answer(question)
        except Exception as error:
            self.send({"answer": message["ask"], "error": f"{type(error).__name__}: {error}"})
            raise
        self.send({"answer": message["ask"], **values}, found)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict, dict]:
        self.displayed()
        return bundle(png(self.picture()), self.describe(), view_of(self))

    def __repr__(self) -> str:
        return self.describe()
