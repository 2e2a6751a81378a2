"""An E1's page in a real browser on a real box with an ISDN exchange, in both languages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from browser import Place, chinese_page, findings, log_in, pages_of
from playwright.async_api import Page

PCAP_HEAD = 24  # octets; some frames follow, how many depends on the machine
WORLD = """
slots = ["e1", "fxs4"]
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A box with an E1, and its pages."""
    with pages_of(tmp_path, WORLD) as place:
        yield place


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with chinese_page() as page:
        yield page


async def test_an_e1_is_tested_looped_and_traced(page: Page, place: Place, tmp_path: Path) -> None:
    await log_in(page, place)
    await page.wait_for_selector(".span[data-key=span1] .state.span-up")
    assert await page.locator(".span[data-key=span1] .channels li").count() == 30
    await page.click(".span[data-key=span1] a[href='/doctor/span1']")
    await page.click("form[action$=test] button")
    await page.wait_for_selector("#report[data-state=done]")
    verdicts = await _verdicts(page)
    # what they are is the scenarios' matter: a busy machine loses blocks, and a loop without them has errors
    assert {verdicts[what] for what in ("本地环回", "总评", "信令")} <= {"好", "提示", "差", "坏"}
    await page.click("header button[name=to]")
    await page.wait_for_selector("html[lang=en]")
    verdicts = await _verdicts(page)
    assert {verdicts[what] for what in ("Local loop", "Verdict")} <= {"good", "note", "poor", "bad"}
    assert await page.locator("#errors svg text").count() == 3
    await _loop(page)
    async with page.expect_download() as downloading:
        await page.click("#trace")
    path = tmp_path / "trace.pcap"
    await (await downloading.value).save_as(path)
    assert path.read_bytes()[:4] == b"\xd4\xc3\xb2\xa1" and len(path.read_bytes()) > PCAP_HEAD


async def _loop(page: Page) -> None:
    """Close a loop for the far end, and open it again."""
    await page.fill("form[action$=loop] input[name=seconds]", "60")
    await page.click("form[action$=loop] button")
    await page.wait_for_selector("#report[data-state=running]")
    assert "towards the far end" in await page.inner_text("#report .step")
    await page.wait_for_selector("h1 .span-testing")
    await page.click("#report form[action$=stop] button")
    await page.wait_for_selector("#report[data-state=stopped]")


async def _verdicts(page: Page) -> dict[str, str]:
    return {what: verdict for what, (verdict, _) in (await findings(page)).items()}
