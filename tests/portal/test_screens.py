"""Pages in a real browser, without script: a phone and a committee-room screen, light and dark, nothing overflows."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, sync_playwright

from tests.portal.recorded_country import APPEAL, LATE_INQUIRY, LETTER, SIMULATION
from tests.portal.recorded_money import LINE
from tests.ports import free_port
from tests.programs import require_chromium

READY_S = 20.0
PHONE = (360, 800)
WALL = (1920, 1080)
PATHS = (
    "/",
    f"/?world={SIMULATION}",
    "/overdue",
    "/bodies",
    "/bodies/kz.adm.226",
    "/obligations",
    f"/obligations/{LATE_INQUIRY}",
    f"/obligations/{APPEAL}",
    "/budget",
    f"/budget/{LINE}",
    "/budget/heat",
    "/budget/regions",
    "/budget/findings",
    "/budget/findings/budget.cumulative_fell",
    "/budget/pefa",
    "/regions",
    "/rules",
    "/rules/kz.inquiry.answer",
    "/data",
    "/dead-letters",
    f"/dead-letters/{LETTER}",
    "/about",
    "/status",
    "/nothing",
)


@pytest.fixture(scope="module")
def address(app: FastAPI) -> Iterator[str]:
    """The portal on a port of its own, for a browser."""
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    waiting = threading.Event()
    for _ in range(int(READY_S / 0.05)):
        if server.started or waiting.wait(0.05):
            break
    assert server.started, "the portal did not start in time"
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(READY_S)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(require_chromium()), args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.mark.needs_chromium
@pytest.mark.parametrize("size", [PHONE, WALL], ids=["phone", "wall"])
@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_no_page_is_wider_than_its_screen(
    address: str, browser: Browser, tmp_path: Path, language: str, size: tuple[int, int]
) -> None:
    assert overflowing(browser, f"{address}/{language}", PATHS, size, tmp_path) == []


@pytest.mark.needs_chromium
@pytest.mark.parametrize("size", [PHONE, WALL], ids=["phone", "wall"])
def test_pages_hold_in_the_dark_too(address: str, browser: Browser, tmp_path: Path, size: tuple[int, int]) -> None:
    paths = ("/", f"/?world={SIMULATION}", f"/obligations/{LATE_INQUIRY}")
    assert overflowing(browser, f"{address}/kk", paths, size, tmp_path, scheme="dark") == []


@pytest.mark.needs_chromium
def test_the_simulated_banner_stays_in_sight(address: str, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 800}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/ru/obligations?world={SIMULATION}#content")
    page.mouse.wheel(0, 4000)
    box = page.locator("aside").bounding_box()
    context.close()
    assert box is not None
    assert 0 <= box["y"] < 5
    assert box["width"] > 340


def overflowing(
    browser: Browser,
    base: str,
    paths: Sequence[str],
    size: tuple[int, int],
    shots: Path,
    scheme: Literal["light", "dark"] = "light",
) -> list[str]:
    """What is wrong with pages at one size: content wider than the screen, or something the policy refused."""
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height}, java_script_enabled=False, color_scheme=scheme
    )
    page = context.new_page()
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if "Content Security" in message.text else None)
    for number, path in enumerate(paths):
        page.goto(base + path)
        page.screenshot(path=shots / f"{number}.png")
        # The pages' own scripts are off; the test may still ask.
        content = page.evaluate("document.documentElement.scrollWidth")
        wrong += [f"{path} is {content} wide"] if content > width else []
    context.close()
    return wrong
