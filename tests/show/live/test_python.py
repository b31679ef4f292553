"""Training curves without a browser, in a kernel without one, and in Chromium."""

import base64
import io

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from PIL import Image

from helpers.browser import keep
from labkit.show.kit.page import to_html
from labkit.show.live import explorer as module
from labkit.show.live.explorer import LiveCurves, LiveView, grouped
from labkit.show.live.smoothing import smooth, span_for

RUN = """
from labkit.show.live.explorer import LiveCurves
report = LiveCurves(steps=200, title="Training")
for step in range(1, 201):
    report(step, loss=3 / step, **({"exact_match": step / 200} if step % 50 == 0 else {}))
report.close()
"""


class Handle:
    """What `display` would return."""

    def __init__(self):
        self.updates = []

    def update(self, shown) -> None:
        self.updates.append(shown)


@pytest.fixture
def curves(monkeypatch) -> LiveCurves:
    """Curves that believe they are in a notebook; what they send is in `.messages`."""
    monkeypatch.setattr(module, "OFTEN", 0.0)
    made = LiveCurves(steps=100, title="Training")
    made.messages = []

    def open_(now: float) -> None:
        made.started = made.kept = now
        made.view, made.handle = LiveView(title="Training"), Handle()
        monkeypatch.setattr(made.view, "send", lambda content, buffers: made.messages.append((content, buffers)))

    monkeypatch.setattr(made, "_open", open_)
    return made


def test_smoothing_is_the_weighted_mean_of_what_came():
    values = np.array([4.0, 2.0, np.nan, 1.0])
    keep_ = 1 - 1 / 4
    expected = (4 * keep_**2 + 2 * keep_ + 1) / (keep_**2 + keep_ + 1)
    assert smooth(values, 4.0)[0] == 4
    assert smooth(values, 4.0)[-1] == pytest.approx(expected)
    np.testing.assert_array_equal(smooth(values[:2], 1.0), values[:2])
    assert span_for(10) == 1


def test_every_point_travels_once(curves):
    for step in range(1, 6):
        curves(step, loss=float(step), **({"exact_match": 0.5} if step == 3 else {}))
    curves.close()
    sent = {}
    for content, buffers in curves.messages:
        for name, buffer in zip(content["points"], buffers, strict=True):
            sent.setdefault(name, []).extend(np.frombuffer(buffer, "<f4").reshape(-1, 2).tolist())
    assert sent == {"loss": [[n, n] for n in range(1, 6)], "exact_match": [[3, 0.5]]}


def test_messages_are_few(curves, monkeypatch):
    monkeypatch.setattr(module, "OFTEN", 0.1)
    for step in range(1000):
        curves(step, loss=1.0)
    assert len(curves.messages) <= 2 + 10 * curves.elapsed


def test_what_came_since_the_last_message_travels_at_the_end(curves, monkeypatch):
    monkeypatch.setattr(module, "OFTEN", 1e9)
    for step in (1, 2, 3):
        curves(step, loss=float(step))
    assert curves.messages == []
    curves.close()
    ((content, buffers),) = curves.messages
    assert content["points"] == ["loss"]
    assert np.frombuffer(buffers[0], "<f4").reshape(-1, 2)[-1].tolist() == [3, 3]


def test_the_state_holds_everything_at_the_end(curves):
    for step in range(1, 10_001):
        curves(step, loss=1 / step)
    curves(10_001, exact_match=1)
    curves.close()
    assert [meta["name"] for meta in curves.view.series] == ["loss", "exact_match"]
    count = curves.view.series[0]["count"]
    pairs = np.frombuffer(curves.view.history, "<f4").reshape(-1, 2)
    assert len(pairs) == count + 1
    assert count <= module.MOST + 1
    np.testing.assert_allclose(pairs[count - 1], [10_000, 1e-4])
    assert len(curves.view.history) < 100_000
    assert curves.view.progress["done"]
    assert curves.handle.updates == [curves]


def test_closing_twice_or_without_a_step_does_nothing(curves):
    LiveCurves().close()
    curves(1, loss=1.0)
    curves.close()
    curves.close()
    assert len(curves.handle.updates) == 1


def test_outside_of_a_notebook_one_line_remains(capsys):
    report = LiveCurves(steps=2, title="Date translator")
    report(1, loss=2.0)
    report(2, loss=0.5, exact_match=np.float32(0.25))
    assert capsys.readouterr().out == ""
    report.close()
    assert capsys.readouterr().out == "Date translator: 2 steps in 0 s · loss 0.5 · exact match 0.25\n"


def test_names_that_end_alike_share_a_plot():
    assert grouped(["loss", "exact_match", "validation_loss"]) == [["loss", "validation_loss"], ["exact_match"]]
    report = LiveCurves()
    for step in range(200):
        report(step, loss=1.0, validation_loss=2.0, exact_match=0.5)
    figure = report.figure()
    assert [axes.get_ylabel() for axes in figure.axes] == ["loss", "exact match"]
    assert len(figure.axes[0].lines) == 4, "two series, each raw and smoothed"


def test_a_loss_that_is_no_number_is_drawn_around():
    report = LiveCurves(log=True)
    for step, loss in enumerate([1.0, float("nan"), 0.1]):
        report(step, loss=loss)
    report.figure()


def test_a_kernel_without_browser_leaves_one_clean_picture():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(RUN)])
    NotebookClient(notebook, timeout=60).execute()
    (output,) = notebook.cells[0].outputs
    assert output.output_type == "display_data"
    assert output.data["text/plain"].startswith("Training: 200 steps in ")
    picture = Image.open(io.BytesIO(base64.b64decode(output.data["image/png"])))
    assert picture.width > 500


@pytest.mark.browser
def test_curves_grow_without_a_blank_frame(page, artifacts):
    page.set_content(
        to_html(LiveView(title="Training", progress={"step": 0, "steps": 300, "elapsed": 0, "done": False}))
    )
    page.wait_for_selector("body[data-ready]")
    blanks = page.evaluate(
        """async () => {
          const frame = () => new Promise(requestAnimationFrame), canvas = () => document.querySelector("canvas");
          const data = c => c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
          const ink = c => data(c).some((value, at) => at % 4 === 3 && value);
          let blank = 0;
          for (let n = 1; n <= 30; n++) {
            const points = Float32Array.from({ length: 20 }, (_, i) => i % 2 ? 3 / n : 10 * n + i / 2);
            const progress = { step: 10 * n, steps: 300, elapsed: n / 10, done: false };
            model.tell("msg:custom", { points: ["loss"], progress }, [new DataView(points.buffer)]);
            await frame(); await frame();
            blank += !ink(canvas());
          }
          return blank;
        }"""
    )
    assert blanks == 0
    assert page.inner_text(".lk-live-words").startswith("step 300 of 300 · 3 s")
    assert page.locator("progress").evaluate("bar => bar.value / bar.max") == 1
    assert "at step 300" in page.get_attribute("canvas", "aria-label")
    linear = page.evaluate("document.querySelector('canvas').toDataURL()")
    page.get_by_label("log scale").check()
    page.wait_for_function("was => document.querySelector('canvas').toDataURL() !== was", arg=linear)
    assert page.evaluate("model.saved.at(-1)") == {"log": True}
    keep(page, artifacts / "live.png")


@pytest.mark.browser
def test_a_view_that_is_taken_away_stays_quiet(page):
    page.set_content(to_html(LiveView(progress={"step": 0, "steps": 9, "elapsed": 0, "done": False})))
    page.wait_for_selector("body[data-ready]")
    page.evaluate("document.querySelector('.lk-live').remove()")
    page.evaluate("model.tell('msg:custom', { progress: model.get('progress') })")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


@pytest.mark.browser
def test_a_view_that_came_late_catches_up(page):
    view = LiveView(progress={"step": 2, "steps": 0, "elapsed": 1, "done": True}, series=[{"name": "loss", "count": 2}])
    view.history = np.array([1, 3, 2, 0.25], "<f4").tobytes()
    page.set_content(to_html(view))
    page.wait_for_selector("body[data-ready]")
    assert page.get_attribute("canvas", "aria-label") == "loss 0.25 at step 2"
