"""The line doctor: test, learn, capture; how far it is; its remedy into the settings."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path
from fastapi.responses import FileResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from firmware.api.core import Core, Refused
from firmware.api.who import CoreOf, LineKeeper, SettingsWriter
from firmware.text import Text

router = APIRouter(prefix="/v1", tags=["doctor"])
FileName = Annotated[str, Path(pattern=r"^(fxo|span)[0-9]{1,2}(-[0-9]{1,2})?-[0-9TZ]{1,20}\.(wav|csv|pcap)$")]
_NO_REPORT = Text(
    zh="此线路还没有测试过。先开始一次测试。", en="This line has not been tested yet. Begin a test first."
)
_NO_FILE = Text(
    zh="没有这个抓取文件：只保留最近 20 次。", en="There is no such capture: only the last 20 are kept."
)
PCAP = "application/vnd.tcpdump.pcap"
_TYPES = {"wav": "audio/wav", "csv": "text/csv", "pcap": PCAP}


class TestBody(BaseModel):
    """How to test; `tune` and `digit` are for analog lines, `remote` and `force` for E1s."""

    model_config = ConfigDict(extra="forbid")
    tune: bool = False
    remote: bool = Field(False, description="over a loop that the far end has closed, or a loop plug")
    force: bool = Field(False, description="end the calls of the E1")
    digit: str = Field("2", pattern=r"^[0-9*#]$")


class LoopBody(BaseModel):
    """How long."""

    model_config = ConfigDict(extra="forbid")
    seconds: float = Field(300, ge=1, le=3600)
    force: bool = Field(False, description="end the calls of the E1")


class LearnBody(BaseModel):
    """Whom to call; empty: wait for a call."""

    model_config = ConfigDict(extra="forbid")
    number: str = Field("", pattern=r"^[0-9*#]{0,20}$")


class CaptureBody(BaseModel):
    """How long."""

    model_config = ConfigDict(extra="forbid")
    seconds: float = Field(30, ge=1, le=300)


@router.post("/lines/{port}/test", status_code=202)
async def test(port: str, wanted: TestBody, core: CoreOf, actor: LineKeeper) -> dict[str, Any]:
    """Begin to test an idle line, or an E1 without calls; if wanted, find the best balance of the line."""
    if port.startswith("span"):
        core.doctor.test_span(port, wanted.remote, wanted.force)
        core.audit(actor, "line.test", {"port": port, "remote": wanted.remote, "force": wanted.force})
    else:
        core.doctor.test(port, wanted.digit, wanted.tune)
        core.audit(actor, "line.test", {"port": port, "tune": wanted.tune, "digit": wanted.digit})
    return _report(core, port)


@router.post("/spans/{port}/loop", status_code=202)
async def loop(port: str, wanted: LoopBody, core: CoreOf, actor: LineKeeper) -> dict[str, Any]:
    """Send back to the far end of an E1 what it sends, so that it can test; for so long at most."""
    core.doctor.loop_span(port, wanted.seconds, wanted.force)
    core.audit(actor, "span.loop", {"port": port, "seconds": wanted.seconds, "force": wanted.force})
    return _report(core, port)


@router.get("/spans/{port}/trace", response_class=Response)
async def trace(port: str, core: CoreOf, actor: LineKeeper) -> Response:
    """Give the last frames of an E1's D-channel as pcap. It is audited: numbers stand in it."""
    octets = core.doctor.trace(port)
    core.audit(actor, "trace.read", {"port": port})
    named = {"Content-Disposition": f'attachment; filename="{port}.pcap"'}
    return Response(octets, media_type=PCAP, headers=named)


@router.post("/lines/{port}/learn", status_code=202)
async def learn(port: str, wanted: LearnBody, core: CoreOf, actor: LineKeeper) -> dict[str, Any]:
    """Begin to learn the tone of a line after a hang-up."""
    core.doctor.learn(port, wanted.number)
    core.audit(actor, "line.learn", {"port": port, "number": wanted.number})
    return _report(core, port)


@router.post("/lines/{port}/capture", status_code=202)
async def capture(port: str, wanted: CaptureBody, core: CoreOf, actor: LineKeeper) -> dict[str, Any]:
    """Begin to write down what a line hears and sends, with its chip's registers."""
    core.doctor.capture(port, wanted.seconds)
    core.audit(actor, "line.capture", {"port": port, "seconds": wanted.seconds})
    return _report(core, port)


@router.get("/lines/{port}/doctor")
async def report(port: str, core: CoreOf, _actor: LineKeeper) -> dict[str, Any]:
    """Say how far it is, or what was found last."""
    return _report(core, port)


@router.delete("/lines/{port}/doctor", status_code=204)
async def stop(port: str, core: CoreOf, actor: LineKeeper) -> None:
    """End what runs, and give the line back."""
    core.doctor.stop(port)
    core.audit(actor, "line.stop-test", {"port": port})


@router.post("/lines/{port}/doctor/store")
async def store(port: str, core: CoreOf, actor: SettingsWriter) -> dict[str, Any]:
    """Put what was found into the settings of the line, as a commit of its own."""
    found = _report(core, port)
    revision = core.doctor.store(port, actor)
    core.audit(actor, "line.store-remedy", {"port": port, "remedy": found["remedy"]})
    return {"revision": revision}


@router.get("/captures/{name}", response_class=FileResponse)
async def captured(name: FileName, core: CoreOf, actor: LineKeeper) -> FileResponse:
    """Give a file of a capture: sound as WAV, registers as CSV. Audited, for callers can be heard."""
    path = core.doctor.file(name)
    if path is None:
        raise Refused("unknown-capture", _NO_FILE, "name")
    core.audit(actor, "capture.read", {"name": name})
    return FileResponse(path, media_type=_TYPES[path.suffix[1:]], filename=name)


def _report(core: Core, port: str) -> dict[str, Any]:
    found = core.doctor.report(port)
    if found is None:
        raise Refused("unknown-report", _NO_REPORT, "port")
    return dict(found)
