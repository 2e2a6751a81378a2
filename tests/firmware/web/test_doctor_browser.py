"""The line doctor in a real browser on a real box, in processes, without a mouse, in both languages."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from browser import Place, chinese_page, findings, log_in, pages_of
from playwright.async_api import Page

LINES = """
slots = ["fxo2fxs2"]
[lines.fxo1]
battery_v = 30
dial = "400"
hum_dbm0 = -36
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A box with two lines, one of them bad, and its pages."""
    with pages_of(tmp_path, LINES) as place:
        yield place


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with chinese_page() as page:
        yield page


async def test_a_bad_line_is_tested_and_captured_by_keyboard(page: Page, place: Place) -> None:
    await log_in(page, place)
    await page.wait_for_selector("#lines li[data-key=fxo1] .line-idle")
    await page.focus("#lines li[data-key=fxo1] a")
    await page.keyboard.press("Enter")
    await _test_to_the_end(page)
    verdicts = await findings(page)
    assert verdicts["电压"] == ("差", "30 V")
    assert verdicts["拨号音"][0] == "坏"
    assert verdicts["交流声"][0] == "坏"
    await page.click("header button[name=to]")
    await page.wait_for_selector("html[lang=en]")
    assert (await findings(page))["Battery"] == ("poor", "30 V")
    assert "tone_zone" in await page.inner_text("#report")
    await _capture(page, place)


async def _test_to_the_end(page: Page) -> None:
    await page.focus("form[action$=test] button")
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#report[data-state=done]")


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
