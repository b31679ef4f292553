"""Chromium for tests: the one on PATH, else Playwright's own, else a loud skip.

The browser tests' fixtures: `browser` (one for the session) and `page` (fails the test on any error in the page).
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, Page, sync_playwright

ARGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


def chromium() -> str | None:
    """The Chromium on PATH, or None: then Playwright looks for its own."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        try:
            launched = playwright.chromium.launch(executable_path=chromium(), args=ARGS)
        except Error as error:
            said = str(error).splitlines()[0]
            pytest.skip(f"NO BROWSER: install Chromium, or run `playwright install chromium` ({said})")
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page 1100 wide that reaches nothing outside; an error in it fails the test."""
    errors = []
    with browser.new_context(viewport={"width": 1132, "height": 800}) as context:
        opened = context.new_page()
        opened.on("pageerror", lambda error: errors.append(str(error)))
        opened.route("http**", lambda route: route.abort())
        yield opened
    assert not errors, errors


OVERLAPS = """selector => {
  const seen = [...document.querySelectorAll(selector)].filter(e => e.textContent.trim() && e.offsetParent);
  const boxes = seen.map(element => {
    const range = document.createRange(), own = element.getBoundingClientRect(); // a cut text ends with its element
    range.selectNodeContents(element);
    const { left, right, top, bottom } = range.getBoundingClientRect();
    return { left: Math.max(left, own.left), right: Math.min(right, own.right), top, bottom };
  });
  const found = [];
  boxes.forEach((p, i) => boxes.slice(i + 1).forEach((q, j) => {
    const wide = Math.min(p.right, q.right) - Math.max(p.left, q.left);
    const tall = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
    if (wide > 1 && tall > 4) found.push([seen[i].textContent.trim(), seen[i + 1 + j].textContent.trim()]);
  }));
  return found;
}"""


def overlaps(page: Page, selector: str) -> list[list[str]]:
    """Pairs of texts that lie over each other: on a good page there are none."""
    return page.evaluate(OVERLAPS, selector)


def keep(page: Page, path: Path) -> Path:
    """Keep a screenshot for a look after the run."""
    page.screenshot(path=path, full_page=True)
    return path
