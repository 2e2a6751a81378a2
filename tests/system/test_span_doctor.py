"""The line doctor on E1s, at the whole box: traces that Wireshark reads, captures, ways out."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from pathlib import Path

import pytest
from office import seen, wait_for
from patience import PATIENCE_S

from cext.isdn import port
from cext.isdn.port import Port
from cext.isdn.types import Side
from firmware.api.core import Refused
from firmware.config.factory import factory_config
from firmware.config.models import Span
from firmware.records import wav
from firmware.spans.span import SpanState
from hal.span import Ds26521Port
from hal.types import Loopback
from tools.emulator.span.office import Request
from tools.emulator.span.options import SpanOptions
from tools.virtual import Surroundings, VirtualBox

MOBILE = "13800138000"
OURS = "65510000"


def office(folder: Path, **span: object) -> VirtualBox:
    made = factory_config(("span1", "fxs1", "fxs2", "fxs3", "fxs4"))
    settings = Span.model_validate({"port": "span1", "number": OURS, **span})
    far = {key: span[key] for key in ("signalling",) if key in span}
    box = VirtualBox(
        made.model_copy(update={"spans": (settings,)}),
        folder,
        Surroundings(slots=("e1", "fxs4"), spans={"span1": SpanOptions.model_validate(far)}),
    )
    box.run_until(4.0)
    return box


def dial_out(box: VirtualBox, number: str = "913912345678") -> None:
    box.world.lift("fxs1")
    box.run_until(box.now + 1)
    box.world.dial("fxs1", number)
    wait_for(box, "call.answered")
    box.run_until(box.now + 1)
    box.world.hang("fxs1")


def dissected(path: Path) -> list[dict[str, list[str]]]:
    """What tshark makes of a file, frame by frame."""
    fields = ["_ws.malformed", "_ws.expert.severity", "q931.message_type", "lapd.address", "frame.protocols"]
    command = ["tshark", "-r", str(path), "-T", "json", *(arg for name in fields for arg in ("-e", name))]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE_S)
    return [packet["_source"]["layers"] for packet in json.loads(done.stdout)]


def report_of(box: VirtualBox, port: str) -> dict[str, object]:
    report = box.core.doctor.report(port)
    assert report is not None
    return dict(report)


def captured(box: VirtualBox, folder: Path, port: str) -> dict[str, bytes]:
    """The files of the last capture, by the end of their names."""
    names = report_of(box, port)["files"]
    assert isinstance(names, list)
    return {name.rpartition(".")[2]: (folder / "captures" / name).read_bytes() for name in names}


def test_tshark_reads_every_frame_of_a_trace(tmp_path: Path) -> None:
    box = office(tmp_path)
    for _ in range(12):
        caller = box.world.call("span1", MOBILE, request=Request(to=OURS))
        wait_for(box, "call.answered")
        box.run_until(box.now + 1)
        box.world.hang_up(caller)
        wait_for(box, "call.ended")
    dial_out(box)
    box.run_until(box.now + 2)
    trace = tmp_path / "span1.pcap"
    trace.write_bytes(box.core.doctor.trace("span1"))
    frames = dissected(trace)
    assert len(frames) == len(box.box.hands.wire.traces["span1"].frames()) > 200
    assert [frame for frame in frames if "_ws.malformed" in frame] == []
    assert all("lapd" in frame["frame.protocols"][0] for frame in frames)
    kinds = [int(frame["q931.message_type"][0], 0) for frame in frames if "q931.message_type" in frame]
    assert kinds.count(0x05) == 13 and kinds.count(0x5A) == 13  # SETUP, RELEASE COMPLETE
    with pytest.raises(Refused):
        box.core.doctor.trace("span9")


def test_a_capture_of_a_span_has_the_frames_of_its_time(tmp_path: Path) -> None:
    box = office(tmp_path)
    box.run_until(10.0)
    box.core.doctor.capture("span1", 5.0)
    box.wake()
    box.world.call("span1", MOBILE, request=Request(to=OURS))
    box.run_until(box.now + 6)
    frames = captured(box, tmp_path, "span1")
    assert list(frames) == ["pcap"]
    (tmp_path / "part.pcap").write_bytes(frames["pcap"])
    read = dissected(tmp_path / "part.pcap")
    kinds = [int(frame["q931.message_type"][0], 0) for frame in read if "q931.message_type" in frame]
    assert kinds[:1] == [0x05] and 0x07 in kinds  # no RESTART of before
    assert [frame for frame in read if "_ws.malformed" in frame] == []


def test_a_capture_of_a_channel_has_its_sound_and_its_messages(tmp_path: Path) -> None:
    box = office(tmp_path)
    box.core.doctor.capture("span1-1", 8.0)
    box.wake()
    first = box.world.call("span1", MOBILE, request=Request(to=OURS))
    wait_for(box, "menu.entered")
    box.world.call("span1", "13911111111", request=Request(to=OURS))  # on channel 2
    box.run_until(box.now + 3)
    box.world.hang_up(first)
    box.run_until(box.now + 7)
    files = captured(box, tmp_path, "span1-1")
    rows = list(csv.DictReader(io.StringIO(files["csv"].decode())))
    said = [(row["direction"], row["what"].partition(" call ")[0]) for row in rows]
    assert said == [
        ("heard", "SETUP"), ("sent", "CALL PROCEEDING"), ("sent", "CONNECT"),
        ("heard", "CONNECT ACKNOWLEDGE"), ("heard", "DISCONNECT"), ("sent", "RELEASE"),
        ("heard", "RELEASE COMPLETE"),
    ]  # fmt: skip
    assert f"channel 1 called {OURS} calling {MOBILE}" in rows[0]["what"]
    assert wav.parse_header(files["wav"]).duration_s == pytest.approx(8.0)
    sent = files["wav"][wav.HEADER_OCTETS + 1 :: 2]
    assert len(set(sent)) > 20  # the menu speaks


def test_a_capture_knows_the_channel_of_a_call_that_is_up_already(tmp_path: Path) -> None:
    box = office(tmp_path)
    caller = box.world.call("span1", MOBILE, request=Request(to=OURS))
    wait_for(box, "menu.entered")
    box.core.doctor.capture("span1-1", 3.0)
    box.wake()
    box.run_until(box.now + 1)
    box.world.hang_up(caller)
    box.run_until(box.now + 3)
    rows = list(csv.DictReader(io.StringIO(captured(box, tmp_path, "span1-1")["csv"].decode())))
    assert rows[0]["what"].startswith("DISCONNECT call ")


def test_a_capture_of_an_r2_channel_has_bits_and_signals(tmp_path: Path) -> None:
    box = office(tmp_path, signalling="r2", digits=8)
    box.core.doctor.capture("span1-1", 15.0)
    box.wake()
    box.world.call("span1", MOBILE, request=Request(to=OURS))
    wait_for(box, "menu.entered", 15)
    box.core.doctor.stop("span1-1")
    box.run_until(box.now + 1)
    rows = list(csv.DictReader(io.StringIO(captured(box, tmp_path, "span1-1")["csv"].decode())))
    cas = [(row["direction"], row["what"][:2]) for row in rows if row["kind"] == "cas"]
    assert cas[:3] == [("heard", "00"), ("sent", "11"), ("sent", "01")]  # seized, acknowledged, answered
    digits = [row["what"] for row in rows if (row["kind"], row["direction"]) == ("mf", "heard")]
    forward = "".join(digit for digit in digits if digit != "end")
    assert all(digit in forward for digit in (OURS[:3], MOBILE[:3]))


def test_what_is_captured_is_not_tested_and_the_other_way_round(tmp_path: Path) -> None:
    box = office(tmp_path)
    box.core.doctor.capture("span1-7", 2.0)
    box.wake()
    with pytest.raises(Refused, match="line-busy"):
        box.core.doctor.test_span("span1", False, False)
    box.run_until(box.now + 3)
    box.core.doctor.test_span("span1", False, False)
    box.wake()
    with pytest.raises(Refused, match="line-busy"):
        box.core.doctor.capture("span1-7", 2.0)
    with pytest.raises(Refused, match="span-has-calls"):
        box.core.doctor.loop_span("span1", 60.0, True)
    wait_for(box, "doctor.ended")


@pytest.mark.parametrize("port", ["span9", "fxo1", "fxs1"])
def test_what_is_no_span_is_refused(tmp_path: Path, port: str) -> None:
    box = office(tmp_path)
    for ask in (
        lambda: box.core.doctor.test_span(port, False, False),
        lambda: box.core.doctor.loop_span(port, 60.0, False),
        lambda: box.core.doctor.capture(port + "-1", 5.0),
    ):
        with pytest.raises(Refused):
            ask()


def test_a_pulled_card_opens_the_loop_and_the_span_comes_back(tmp_path: Path) -> None:
    box = office(tmp_path)
    box.core.doctor.loop_span("span1", 300.0, False)
    box.wake()
    box.run_until(box.now + 2)
    assert box.box.spans.all["span1"].state is SpanState.TESTING
    box.board.remove_card(1)
    wait_for(box, "doctor.ended")
    box.board.insert_card(1, "e1")
    box.run_until(box.now + 15)
    assert box.box.spans.all["span1"].state is SpanState.UP
    assert not box.board.spans[0].is_remote_loop
    box.world.call("span1", MOBILE)
    wait_for(box, "call.answered", 10)


def test_settings_committed_meanwhile_count_from_the_end_of_the_test(tmp_path: Path) -> None:
    box = office(tmp_path)
    box.core.doctor.loop_span("span1", 20.0, False)
    box.wake()
    box.run_until(box.now + 2)
    box.set("spans.span1.channels", "1-5")
    box.run_until(box.now + 2)
    assert box.box.spans.all["span1"].state is SpanState.TESTING
    box.core.doctor.stop("span1")
    box.run_until(box.now + 8)
    span = box.box.spans.all["span1"]
    assert span.state is SpanState.UP and len(span.used()) == 5
    box.world.call("span1", MOBILE)
    wait_for(box, "call.answered", 10)


def test_calls_are_refused_while_the_span_is_tested(tmp_path: Path) -> None:
    box = office(tmp_path)
    box.core.doctor.test_span("span1", False, False)
    box.wake()
    box.run_until(box.now + 0.1)
    box.world.lift("fxs1")
    box.run_until(box.now + 1)
    box.world.dial("fxs1", "913912345678")
    box.run_until(box.now + 3)
    assert seen(box, "call.answered") == []
    wait_for(box, "doctor.ended")
    box.world.hang("fxs1")
    box.run_until(box.now + 15)
    assert {alarm.code for alarm in box.box.alarms.all()} == set()  # neither link nor clock


def test_closing_the_box_opens_the_loop(tmp_path: Path) -> None:
    box = office(tmp_path)
    box.core.doctor.loop_span("span1", 300.0, False)
    box.wake()
    box.run_until(box.now + 2)
    port = box.box.hands.spans["span1"]
    assert isinstance(port, Ds26521Port)
    assert port.loopback is Loopback.REMOTE
    box.close()
    assert port.loopback is Loopback.NONE


def test_ten_tests_in_a_row_leave_a_span_that_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    instances: list[Port] = []

    class Counted(Port):
        def __init__(self, side: Side, now: float) -> None:
            super().__init__(side, now)
            instances.append(self)

    monkeypatch.setattr(port, "Port", Counted)
    box = office(tmp_path)
    for _ in range(10):
        box.core.doctor.test_span("span1", False, False)
        box.wake()
        wait_for(box, "doctor.ended")
        assert report_of(box, "span1")["findings"]
        box.run_until(box.now + 1)
    box.run_until(box.now + 10)
    assert box.box.spans.all["span1"].state is SpanState.UP
    assert sorted(one.side for one in instances) == [Side.NETWORK, Side.USER]  # the exchange's, and ours
    box.world.call("span1", MOBILE)
    wait_for(box, "call.answered", 10)
