"""The denoising explorer on a page with its kernel's half behind it, and what tests ask it."""

from playwright.sync_api import Page

from labkit.show.denoising.explorer import DenoisingExplorer
from show.kit.page import frame, latencies
from show.latent import page as latent_page

PICTURES, REEL, PLANE, SAMPLES, BOARD = ".lk-pictures", ".lk-reel", ".lk-plane", ".lk-samples", ".lk-board"
VIEWS = {"film": "From noise to image", "field": "Score field", "guidance": "Guidance"}


def show(page: Page, widget: DenoisingExplorer, kernel: bool = True) -> Page:
    """Put the explorer on a page. With `kernel` its questions are answered, at once."""
    return latent_page.show(page, widget, kernel)


def go(page: Page, view: str) -> None:
    """Choose a view by mouse."""
    page.get_by_role("radio", name=VIEWS[view]).click()
    frame(page)


def spot(page: Page, selector: str, across: float, down: float) -> tuple[float, float]:
    """A place on a canvas, in shares of its size, on the screen."""
    box = page.locator(selector).bounding_box()
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def scrub(page: Page, times: int = 30) -> list[float]:
    """Step through the film by keyboard; milliseconds until the pictures show something else, least first."""
    page.focus(PICTURES)
    keys = ["ArrowRight"] * 9 + ["ArrowLeft"] * 9
    return latencies(
        page, PICTURES, lambda n: page.keyboard.press(keys[n % 18]), times, area=(60, 30, 40, 40), event="keydown"
    )
