"""The attention explorer on a page of its own, and what tests ask it."""

from playwright.sync_api import Page

from labkit.show.attention.explorer import AttentionExplorer
from show.attention.examples import translation
from show.kit import page as explorer_page
from show.kit.page import frame, model, said  # noqa: F401

HEAT = ".lk-heat"
QUERIES, KEYS = ".lk-query [role=listbox]", ".lk-key [role=listbox]"


def show(page: Page, panels: dict | None = None, **chosen) -> Page:
    return explorer_page.show(page, AttentionExplorer(panels or translation(), **chosen))


def pixels(page: Page, selector: str = HEAT) -> str:
    return explorer_page.pixels(page, selector)


def latencies(page: Page, moves: int = 30) -> list[float]:
    """Move the pointer to another row of the heat map `moves` times; milliseconds to changed pixels, least first."""
    heading = page.evaluate("parseFloat(getComputedStyle(document.querySelector('.lk-heading')).height)")
    box = page.locator(HEAT).bounding_box()
    rows = page.locator(".lk-query [role=option]").count()
    height = (box["height"] - heading) / rows

    def move(n: int) -> None:
        page.mouse.move(box["x"] + 40, box["y"] + heading + height * ((7 * n + 3) % (rows * 2 // 3) + 0.5))

    return explorer_page.latencies(page, HEAT, move, moves, area=(box["width"] / 2, 0, 4, box["height"]))
