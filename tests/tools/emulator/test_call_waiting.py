"""A line with call waiting: who is on it after a flash, a hang-up, a loss of patience."""

from __future__ import annotations

from tools.emulator.options import LineOptions
from tools.emulator.party import Outcome, PartyState


def talk(make_run, *, call_waiting: bool = True):
    run = make_run(lines={"fxo1": LineOptions(call_waiting=call_waiting, caller_id=False)})
    wang = run.world.call("fxo1", "13800138000")
    run.until(1.0)
    run.board.fxo[0].hook = True
    run.until(2.0)
    return run, wang


def press_hook(run, for_s: float) -> None:
    run.board.fxo[0].hook = False
    run.until(run.world.now + for_s)
    run.board.fxo[0].hook = True
    run.until(run.world.now + 0.1)


def test_without_call_waiting_a_second_caller_hears_busy_tone(make_run) -> None:
    run, _ = talk(make_run, call_waiting=False)
    assert run.world.call("fxo1", "13900139000").outcome is Outcome.BUSY


def test_a_flash_goes_from_one_to_the_other_and_back(make_run) -> None:
    run, wang = talk(make_run)
    li = run.world.call("fxo1", "13900139000")
    run.until(3.0)
    assert (wang.state, li.state) == (PartyState.TALKING, PartyState.WAITING)
    press_hook(run, 0.3)
    assert run.world.lines["fxo1"].party is li
    assert li.state is PartyState.TALKING
    press_hook(run, 0.3)
    assert run.world.lines["fxo1"].party is wang
    assert (wang.outcome, li.outcome) == (None, None)


def test_a_short_opening_is_no_flash_and_a_long_one_a_hang_up(make_run) -> None:
    run, wang = talk(make_run)
    li = run.world.call("fxo1", "13900139000")
    run.until(3.0)
    press_hook(run, 0.05)
    assert run.world.lines["fxo1"].party is wang
    run.board.fxo[0].hook = False
    run.until(5.0)
    assert (wang.outcome, li.outcome) == (Outcome.RELEASED, Outcome.GAVE_UP)


def test_when_one_hangs_up_the_other_is_there(make_run) -> None:
    run, wang = talk(make_run)
    li = run.world.call("fxo1", "13900139000")
    run.until(3.0)
    run.world.hang_up("fxo1")
    assert wang.outcome is Outcome.HUNG_UP
    assert run.world.lines["fxo1"].party is li
    run.world.hang_up(li)
    assert li.outcome is Outcome.HUNG_UP


def test_who_waits_gives_up(make_run) -> None:
    run, wang = talk(make_run)
    li = run.world.call("fxo1", "13900139000", give_up_after_s=5.0)
    run.until(8.0)
    assert (wang.outcome, li.outcome) == (None, Outcome.GAVE_UP)
    press_hook(run, 0.3)
    assert run.world.lines["fxo1"].party is wang
