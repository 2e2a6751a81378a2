"""The half of the spool that waits for the disk: slots in, finished recordings out.

The journal makes a second of all recordings safe with one write to the disk; the growing files get the same
sound at once, but are forced to the disk only when they are finished or the journal begins anew. After a
crash the journal's slots go through the same code again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from firmware.records.chunk import Begin, Chunk, Done, End, Slot, slots
from firmware.records.journal import Journal
from firmware.records.rows import RecordingRow
from firmware.records.take import Take, finished_row
from firmware.records.wav import WavError


@dataclass(slots=True)
class Outcome:
    """What became of some slots; `error` is what the disk said first."""

    finished: list[RecordingRow] = field(default_factory=list)
    error: str = ""


class Recorder:
    """Write recordings.

    folder   the data folder: `spool/` and `recordings/` are in it
    durable  False does not wait for the disk, for virtual time
    raises   OSError from the constructor only
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self._folder = folder
        self._durable = durable
        self._journal = Journal(folder / "spool", durable=durable)
        self._takes: dict[int, Take] = {}
        # Begun, and not in the records yet: finished files, and ones that the disk refused to finish.
        self._owed: dict[str, Begin] = {}

    def recover(self) -> Outcome:
        """Finish what an earlier run left behind; everything that it owed the records comes again."""
        outcome = Outcome()
        for path in self._journal.stored():
            self._handle_all(slots(path.read_bytes()), outcome, repaired=True)
        for recording_id in list(self._takes):
            self._finish(recording_id, outcome, repaired=True)
        outcome.finished = [row for row in outcome.finished if row.id in self._owed]
        self._rotate(outcome)
        return outcome

    def absorb(self, octets: bytes, *, sync: bool) -> Outcome:
        """Store slots. Trouble of the disk is in the outcome; what can be done is done."""
        outcome = Outcome()
        try:
            self._journal.append(octets)
            if sync:
                self._journal.sync()
        except OSError as error:
            outcome.error = str(error)
        self._handle_all(slots(octets), outcome, repaired=False)
        if self._journal.is_long():
            self._rotate(outcome)
        return outcome

    def close(self) -> None:
        """Let go of all files; what is unfinished is repaired at the next start."""
        for take in self._takes.values():
            take.abandon()
        self._takes.clear()
        self._journal.close()

    def _handle_all(self, found: Iterable[Slot | None], outcome: Outcome, *, repaired: bool) -> None:
        for slot in found:
            try:
                self._handle(slot, outcome, repaired=repaired)
            except (OSError, WavError) as error:
                outcome.error = outcome.error or str(error)
        for take in self._takes.values():
            _flush(take, outcome)

    def _handle(self, slot: Slot | None, outcome: Outcome, *, repaired: bool) -> None:
        match slot:
            case Chunk():
                take = self._takes.get(slot.recording_id)
                if take is not None:
                    take.put(slot.seq, slot.rx, slot.tx)
                if slot.is_last:
                    self._finish(slot.recording_id, outcome, repaired=repaired)
            case End():
                self._finish(slot.recording_id, outcome, repaired=repaired)
            case Begin():
                self._begin(slot, outcome, repaired=repaired)
            case Done():
                self._owed.pop(slot.recording, None)
            case None:
                return  # torn by a power cut

    def _begin(self, begin: Begin, outcome: Outcome, *, repaired: bool) -> None:
        self._finish(
            begin.recording_id, outcome, repaired=repaired
        )  # the id is used again: the old one has ended
        self._owed[begin.recording] = begin
        row = finished_row(self._folder, begin, repaired=False)
        if row is not None:
            outcome.finished.append(row)
            return
        self._takes[begin.recording_id] = Take(self._folder, begin, durable=self._durable)

    def _finish(self, recording_id: int, outcome: Outcome, *, repaired: bool) -> None:
        take = self._takes.pop(recording_id, None)
        if take is None:
            return
        _flush(take, outcome)
        try:
            outcome.finished.append(take.finish(repaired=repaired))
        except OSError as error:
            outcome.error = outcome.error or str(error)

    def _rotate(self, outcome: Outcome) -> None:
        """Begin the journal anew once the growing files have all that is in it."""
        try:
            for take in self._takes.values():
                take.sync()
            live = {take.begin.recording: take.begin for take in self._takes.values()}
            self._journal.begin_anew(begin.pack() for begin in {**self._owed, **live}.values())
        except OSError as error:
            outcome.error = outcome.error or str(error)


def _flush(take: Take, outcome: Outcome) -> None:
    """Write all that came for a recording at once: a write for every 10 ms was most of the work."""
    if not take.is_dirty:
        return
    try:
        take.flush()
    except OSError as error:
        outcome.error = outcome.error or str(error)
