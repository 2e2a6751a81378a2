"""The line doctor in a real browser on a real box, in processes, without a mouse, in both languages."""

from __future__ import annotations

import asyncio
import csv
import io
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from patience import PATIENCE_S
from playwright.async_api import Error, Page, async_playwright
from processes import callbox, emulator, reserved_port

CHROMIUM = Path("/usr/bin/chromium")
PASSWORD = "four words make it"
LINES = """
slots = ["fxo2fxs2"]
[lines.fxo1]
battery_v = 30
dial = "400"
hum_dbm0 = -36
"""


@dataclass(frozen=True)
class Place:
    """Where the pages are, and what lets the owner in."""

    address: str
    code: str


def code_of(said: str) -> str:
    """Read the set-up code from what a box said at its start."""
    found = re.search(r"set-up code\s+(\S+)", said)
    assert found is not None
    return found[1]


@contextmanager
def box_in(folder: Path, world: str) -> Iterator[Place]:
    """A box with its pages in an emulated world."""
    (folder / "world.toml").write_text(world)
    with (
        reserved_port() as port,
        emulator(folder, "--config", str(folder / "world.toml")),
        callbox(folder, "--web", f"127.0.0.1:{port}") as box,
    ):
        box.wait_for("(the page asks for it")
        yield Place(f"http://127.0.0.1:{port}", code_of(box.said))


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A box with two lines, one of them bad, and its pages."""
    with box_in(tmp_path, LINES) as place:
        yield place


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"], timeout=PATIENCE_S * 1000
        )
        page = await (await browser.new_context(locale="zh-CN")).new_page()
        page.set_default_timeout(PATIENCE_S * 1000)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield page
        await browser.close()
        assert errors == []


async def test_a_bad_line_is_tested_and_captured_by_keyboard(page: Page, place: Place) -> None:
    await _log_in(page, place)
    await page.focus("#lines li[data-key=fxo1] a")
    await page.keyboard.press("Enter")
    await _test_to_the_end(page)
    verdicts = await _verdicts(page)
    assert verdicts["电压"] == ("差", "30 V")
    assert verdicts["拨号音"][0] == "坏"
    assert verdicts["交流声"][0] == "坏"
    await page.click("header button[name=to]")
    await page.wait_for_selector("html[lang=en]")
    assert (await _verdicts(page))["Battery"] == ("poor", "30 V")
    assert "tone_zone" in await page.inner_text("#report")
    await _capture(page, place)


async def _log_in(page: Page, place: Place) -> None:
    await reach(page, place.address)
    await page.fill("[name=code]", place.code)
    await page.fill("[name=name]", "ada")
    await page.fill("[name=password]", PASSWORD)
    await page.fill("[name=again]", PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#lines li[data-key=fxo1] .line-idle")


async def reach(page: Page, address: str) -> None:
    """The pages' process starts a little after the box; until then nobody listens."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            with suppress(Error):
                await page.goto(address)
                return


async def _test_to_the_end(page: Page) -> None:
    await page.focus("form[action$=test] button")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#report[data-state=done]")


async def _verdicts(page: Page) -> dict[str, tuple[str, str]]:
    rows = await page.locator("#report tbody tr[data-key^=finding]").all()
    cells = [await row.locator("td").all_inner_texts() for row in rows]
    return {what: (verdict, value) for what, verdict, value, _ in cells}


async def _capture(page: Page, place: Place) -> None:
    await page.goto(f"{place.address}/doctor/fxo2")
    await page.fill("[name=seconds]", "1")
    await page.keyboard.press("Enter")
    await page.wait_for_selector(".files")
    async with page.expect_download() as sound:
        await page.focus(".files a[href$=wav]")
        await page.keyboard.press("Enter")
    download = await sound.value
    assert re.fullmatch(r"fxo2-\d{8}T\d{6}Z\.wav", download.suggested_filename)
    head = (await download.path()).read_bytes()[:4]
    assert head == b"RIFF"
    async with page.expect_download() as registers:
        await page.focus(".files a[href$=csv]")
        await page.keyboard.press("Enter")
    text = (await (await registers.value).path()).read_text()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["line_v"] for row in rows} == {"48"}
