"""The attention explorer on a page of its own, and what tests ask it."""

from playwright.sync_api import Page

from attention_examples import translation
from labkit.show.attention import AttentionExplorer
from labkit.show.page import to_html

HEAT = ".lk-heat"
QUERIES, KEYS = ".lk-query [role=listbox]", ".lk-key [role=listbox]"


def show(page: Page, panels: dict | None = None, **chosen) -> Page:
    page.set_content(to_html(AttentionExplorer(panels or translation(), **chosen)))
    page.wait_for_selector("body[data-ready]")
    return page


def frame(page: Page) -> None:
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def said(page: Page) -> str:
    frame(page)
    return page.inner_text(".lk-say")


def model(page: Page, name: str):
    return page.evaluate(f"model.get('{name}')")


def pixels(page: Page, selector: str = HEAT) -> str:
    frame(page)
    return page.evaluate(f"document.querySelector('{selector}').toDataURL()")
