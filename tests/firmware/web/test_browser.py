"""The owner's first hour in a real browser: set-up, live page, a key, commit, and a restart of the box."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import uvicorn
from browser import PASSWORD, chinese_page
from patience import PATIENCE_S
from playwright.async_api import Page

from firmware.api.client import ApiClient
from firmware.api.serve import serve
from firmware.web.app import make_app
from tests.firmware.api.memory_box import CODE, MemoryBox
from tests.firmware.web.conftest import Clock


@asynccontextmanager
async def api_of(box: MemoryBox, path: Path) -> AsyncIterator[None]:
    server, task = serve(box, path, lambda: 0.0)
    try:
        yield
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def web_of(socket_path: Path, data: Path) -> AsyncIterator[str]:
    """The pages on a free port of 127.0.0.1; gives their address."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        bound.listen()
        app = make_app(ApiClient.on_socket(socket_path), data, Clock())
        config = uvicorn.Config(app, ws="websockets-sansio", log_config=None, timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        server.capture_signals = _no_signals  # type: ignore[method-assign]
        task = asyncio.create_task(server.serve(sockets=[bound]))
        try:
            yield f"http://127.0.0.1:{bound.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


def _no_signals() -> object:
    from contextlib import nullcontext  # noqa: PLC0415

    return nullcontext()


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    async with chinese_page() as page:
        yield page


async def test_the_owners_first_hour(page: Page, tmp_path: Path) -> None:
    box = MemoryBox(tmp_path)
    path = tmp_path / "api.sock"
    async with web_of(path, tmp_path) as address:
        async with api_of(box, path):
            await _set_up(page, address)
            await _a_caller_comes_and_goes(page, box)
            await _an_agent_is_paused(page, box)
            await _a_key_is_changed(page, address, box)
            await page.goto(address)
            await page.wait_for_selector("#queues")
        await page.wait_for_selector("#down:not([hidden]), #lost:not([hidden])")
        async with api_of(box, path):
            box.call_arrives("13911111111")
            await page.wait_for_selector("#queues :text('13911111111')")
            await page.wait_for_selector("#down:not([hidden]), #lost:not([hidden])", state="detached")


async def _set_up(page: Page, address: str) -> None:
    await page.goto(address)
    await page.fill("[name=code]", CODE.lower())
    await page.fill("[name=name]", "ada")
    await page.fill("[name=password]", PASSWORD)
    await page.fill("[name=again]", PASSWORD)
    await page.click("button.primary")
    await page.wait_for_selector("#live")
    assert "设置完成" in await page.inner_text("main")


async def _a_caller_comes_and_goes(page: Page, box: MemoryBox) -> None:
    box.call_arrives("13800138000")
    await page.wait_for_selector("#queues .waiting :text('13800138000')")
    await page.wait_for_selector("#lines :text('13800138000')")
    box.live["queues"][0]["waiting"] = []
    box.live["calls"] = []
    box.changed()
    await page.wait_for_selector("#calls .none")
    assert await page.locator("#queues .waiting").count() == 0


async def _an_agent_is_paused(page: Page, box: MemoryBox) -> None:
    await page.click("#agents tr[data-key='1001'] form[action$=pause] button")
    async with asyncio.timeout(PATIENCE_S):
        while not box.commands:
            await asyncio.sleep(0)
    box.live["agents"][0]["state"] = "paused"
    box.changed()
    await page.wait_for_selector("#agents tr[data-key='1001'] .agent-paused")
    assert page.url.rstrip("/").count("/") == 2 or "done=setup" in page.url  # the page was not left


async def _a_key_is_changed(page: Page, address: str, box: MemoryBox) -> None:
    await page.goto(f"{address}/menus/main")
    await page.select_option("[name=key_3]", "message:info")
    await page.click("#menu button.primary")
    await page.click(".pending a")
    await page.wait_for_selector(".diff :text('+ menus.main.keys.3 = message:info')")
    await page.fill("[name=comment]", "夏季")
    await page.click("button.primary")
    await page.wait_for_selector(".note.good")
    running = box.settings.running()
    assert running["menus"][0]["keys"]["3"] == "message:info"  # type: ignore[index,call-overload]


async def test_a_page_that_met_a_closed_door_recovers(page: Page, tmp_path: Path) -> None:
    box = MemoryBox(tmp_path)
    path = tmp_path / "api.sock"
    async with web_of(path, tmp_path) as address:
        await page.goto(address)
        await page.wait_for_selector("[role=alert]")
        assert "没有应答" in await page.inner_text("main")
        async with api_of(box, path):
            await page.wait_for_selector("[name=code]")


async def test_a_page_of_somebody_logged_out_goes_to_the_login(page: Page, tmp_path: Path) -> None:
    box = MemoryBox(tmp_path)
    path = tmp_path / "api.sock"
    async with web_of(path, tmp_path) as address, api_of(box, path):
        await _set_up(page, address)
        other = await page.context.new_page()
        await other.goto(address)
        await other.wait_for_selector("#live")
        await page.click("header form[action='/logout'] button")
        await page.wait_for_selector("form[action='/login']")
        await other.evaluate("location.reload()")
        await other.wait_for_selector("form[action='/login']")


async def test_while_the_doctor_tests_and_after_it_the_focus_is_where_one_goes_on(
    page: Page, tmp_path: Path
) -> None:
    box = MemoryBox(tmp_path)
    box.doctor.is_slow = True
    path = tmp_path / "api.sock"
    async with web_of(path, tmp_path) as address, api_of(box, path):
        await _set_up(page, address)
        await page.goto(f"{address}/doctor/fxo1")
        await page.focus("form[action$=test] button")
        await page.keyboard.press("Enter")
        await page.wait_for_selector("#report[data-state=running] progress")
        await page.wait_for_selector("form[action='/doctor/fxo1/stop'] button:focus")
        box.doctor.reports["fxo1"]["state"] = "done"
        await page.wait_for_selector("#report[data-state=done]")
        # the button that had the focus is gone: it is at the result, not at the top of the page
        await page.wait_for_selector("#report-title:focus")
