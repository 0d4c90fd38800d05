"""Measures the page, each time in a new Chromium: time until usable, bytes transferred, smoothness of scrolling."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import BrowserType, Page, ViewportSize, sync_playwright

from catalogue import BENCH

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
SIZE: ViewportSize = {"width": 1280, "height": 800}
SCROLL_STEPS = 600
"""Ten seconds at 60 frames per second."""
REST_MILLISECONDS = 1_000
"""Long enough for everything that is loaded later."""
TYPED = "Buy milk"


@dataclass(frozen=True, slots=True)
class Opening:
    milliseconds: float
    first_bytes: int
    all_bytes: int
    data_bytes: int


@dataclass(frozen=True, slots=True)
class Scrolling:
    frames: list[float]
    long_tasks: list[float]


class Visits:
    def __init__(self, chromium: BrowserType, address: str) -> None:
        self._chromium = chromium
        self._address = address

    def open(self) -> Opening:
        with self._visit() as (page, milliseconds):
            page.locator("#new-title").press_sequentially(TYPED)
            if page.locator("#new-title").input_value() != TYPED:
                sys.exit("the page did not accept the typed text")
            page.wait_for_timeout(REST_MILLISECONDS)
            return Opening(milliseconds, *page.evaluate(_script("transferred"), milliseconds))

    def scroll(self) -> Scrolling:
        with self._visit() as (page, _):
            page.wait_for_timeout(REST_MILLISECONDS)
            return Scrolling(*page.evaluate(_script("scroll"), SCROLL_STEPS))

    @contextmanager
    def _visit(self) -> Iterator[tuple[Page, float]]:
        """The page in a new browser, once it is usable, and the milliseconds until then."""
        browser = self._chromium.launch(executable_path=_program(), args=FLAGS)
        try:
            page = browser.new_page(viewport=SIZE)
            page.add_init_script(path=BENCH / "in_page" / "usable.js")
            page.goto(self._address, wait_until="commit")
            yield page, page.evaluate("usable")
        finally:
            browser.close()


@contextmanager
def visiting(address: str) -> Iterator[Visits]:
    with sync_playwright() as playwright:
        yield Visits(playwright.chromium, address)


def _program() -> str:
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    return found or sys.exit("There is no Chromium on the PATH.")


def _script(name: str) -> str:
    return (BENCH / "in_page" / f"{name}.js").read_text()
