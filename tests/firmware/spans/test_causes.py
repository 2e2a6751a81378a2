"""Causes: every one has words and a reason, and reasons become causes again."""

import pytest

from firmware.lines.types import EndReason
from firmware.spans import causes


@pytest.mark.parametrize("cause", range(128))
def test_every_cause_has_words_and_a_reason(cause: int) -> None:
    assert causes.words(cause).zh and causes.words(cause).en
    assert isinstance(causes.reason(cause), EndReason)


@pytest.mark.parametrize("reason", list(EndReason))
def test_every_reason_can_be_told(reason: EndReason) -> None:
    assert 1 <= causes.told(reason) <= 127


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        (1, "bad-number"), (16, "far-hung-up"), (17, "remote-busy"), (18, "no-answer"), (19, "no-answer"),
        (21, "rejected"), (27, "unreachable"), (28, "bad-number"), (34, "network-busy"), (44, "glare"),
        (102, "timeout"), (111, "protocol-error"), (0, "far-hung-up"), (33, "network-busy"),
        (61, "not-allowed"),
    ],
)  # fmt: skip
def test_reasons_of_causes(cause: int, reason: str) -> None:
    assert causes.reason(cause).value == reason


@pytest.mark.parametrize(
    "reason", [EndReason.REMOTE_BUSY, EndReason.NO_ANSWER, EndReason.REJECTED, EndReason.TIMEOUT]
)
def test_what_we_tell_is_understood_as_what_we_meant(reason: EndReason) -> None:
    assert causes.reason(causes.told(reason)) is reason
