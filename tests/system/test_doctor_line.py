"""The line doctor on analog lines, at the whole box: what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.api.core import Refused
from firmware.config.factory import factory_config
from tools.virtual import VirtualBox


@pytest.mark.parametrize("number", ["110", "119", "120"])
def test_no_emergency_number_is_called_to_learn_a_tone(tmp_path: Path, number: str) -> None:
    box = VirtualBox(factory_config(("fxo1", "fxs1")), tmp_path)
    box.run_until(2.0)
    with pytest.raises(Refused) as refused:
        box.core.doctor.learn("fxo1", number)
    assert (refused.value.code, refused.value.field) == ("emergency-number", "number")
    box.run_until(8.0)
    assert not [event for event in box.trace if event.what == "seized"]
    box.core.doctor.learn("fxo1", "13800138000")
    box.run_until(12.0)
    assert [event for event in box.trace if event.what == "seized"]
    box.close()
