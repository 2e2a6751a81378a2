"""A real browser before the pages of a real box, in processes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from patience import PATIENCE_S
from playwright.async_api import Error, Page, async_playwright
from processes import callbox, emulator, reserved_port

CHROMIUM = Path("/usr/bin/chromium")
PASSWORD = "four words make it"
PATIENCE_MS = PATIENCE_S * 1000


@dataclass(frozen=True)
class Place:
    """Where the pages are, and what lets the owner in."""

    address: str
    code: str


@asynccontextmanager
async def chinese_page() -> AsyncIterator[Page]:
    """Open a browser; errors of scripts, or against the pages' policy, fail the test."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"], timeout=PATIENCE_MS
        )
        page = await (await browser.new_context(locale="zh-CN")).new_page()
        page.set_default_timeout(PATIENCE_MS)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda told: errors.append(told.text) if "Security Policy" in told.text else None)
        yield page
        await browser.close()
        assert errors == []


@contextmanager
def pages_of(folder: Path, world: str) -> Iterator[Place]:
    """Start an emulator with this world, a box on it, and its pages."""
    (folder / "world.toml").write_text(world)
    with (
        reserved_port() as port,
        emulator(folder, "--config", str(folder / "world.toml")),
        callbox(folder, "--web", f"127.0.0.1:{port}") as box,
    ):
        box.wait_for("(the page asks for it")
        yield Place(f"http://127.0.0.1:{port}", _code_of(box.said))


async def log_in(page: Page, place: Place) -> None:
    """Set the box up as its owner."""
    await _reach(page, place.address)
    await page.fill("[name=code]", place.code)
    await page.fill("[name=name]", "ada")
    await page.fill("[name=password]", PASSWORD)
    await page.fill("[name=again]", PASSWORD)
    await page.keyboard.press("Enter")


async def findings(page: Page) -> dict[str, tuple[str, str]]:
    """Read the doctor's report: verdict and value by what was looked at."""
    rows = await page.locator("#report tbody tr[data-key^=finding]").all()
    cells = [await row.locator("td").all_inner_texts() for row in rows]
    return {what: (verdict, value) for what, verdict, value, _ in cells}


async def _reach(page: Page, address: str) -> None:
    """The pages' process starts a little after the box; until then nobody listens."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            with suppress(Error):
                await page.goto(address)
                return


def _code_of(said: str) -> str:
    """Read the set-up code from what a box said at its start."""
    found = re.search(r"set-up code\s+(\S+)", said)
    assert found is not None
    return found[1]
