"""`make figures`: measure every clause, ours beside the peers; write tables and plots into docs/dsp.md.

    python -m tools.figures [NAME...]       only these; none: all

A table stands between `<!-- figures: NAME -->` and `<!-- end -->`; what is written around it stays. Times
are not among these figures (`make bench`): each count and level here is the same on every machine with the
same peers.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tools.bench import estimate_a72
from tools.bench import packet as bench_packet
from tools.figures import dtmf as figures_dtmf
from tools.figures import echo as figures_echo
from tools.figures import packet as figures_packet
from tools.figures import signals as figures_signals

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "dsp.md"
IMAGES = ROOT / "docs" / "img"

Row = tuple[str, ...]


def _concealment() -> list[Row]:
    rows, drawn = figures_packet.concealment()
    _draw(drawn)
    return rows


def _acceptance() -> list[Row]:
    _draw(figures_dtmf.plots())
    return figures_dtmf.clauses()


def _estimate() -> list[Row]:
    figures = estimate_a72.measure()
    if not figures:
        return [("not measured here: no cross compiler or no qemu",)]
    rows: list[Row] = [("120 channels", "instructions per sample", "at best", "estimate", "at worst")]
    for name, row in [*figures["blocks"].items(), ("all", figures["all"])]:
        percents = (f"{row[key]:.1f} %" for key in ("best_percent", "percent", "worst_percent"))
        rows.append((name, f"{row['per_channel_sample']:.0f}", *percents))
    return rows


def _jitter() -> list[Row]:
    delays = bench_packet.delays()
    _draw({"jitter": bench_packet.svg(delays)})
    rows: list[Row] = [("60 s of the plot, s", "mean delay, ms", "mean target, ms")]
    for begin, end in ((0, 15), (20, 35), (45, 60)):
        part = [row for row in delays if begin * 1000 <= row[0] < end * 1000]
        means = (sum(row[k] for row in part) / len(part) for k in (1, 2))
        rows.append((f"{begin} to {end}", *(f"{mean:.0f}" for mean in means)))
    return rows


TABLES: dict[str, Callable[[], list[Row]]] = {
    "g711": figures_signals.codecs,
    "digits": _acceptance,
    "digit-probes": figures_dtmf.probes,
    "busy": figures_signals.busy,
    "echo-clauses": figures_echo.clauses,
    "echo-reference": figures_echo.reference_run,
    "caller-id": figures_signals.caller_id,
    "concealment": _concealment,
    "jitter": _jitter,
    "cortex-a72": _estimate,
}


def _draw(drawn: dict[str, str]) -> None:
    for name, text in drawn.items():
        (IMAGES / f"{name}.svg").write_text(text, encoding="utf-8")


def table(rows: Sequence[Row]) -> str:
    """Return rows as Markdown; the first is the head."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def put(page: str, name: str, rows: Sequence[Row]) -> str:
    """Return the page with a table replaced.

    raises  ValueError when the page has no place for it
    """
    place = re.compile(rf"(<!-- figures: {re.escape(name)} -->\n).*?(<!-- end -->)", re.DOTALL)
    if not place.search(page):
        raise ValueError(f"{PAGE.name}: no place for {name!r}")
    return place.sub(lambda found: f"{found[1]}{table(rows)}\n{found[2]}", page)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and write; 1 for a name that does not exist."""
    names = list(sys.argv[1:] if arguments is None else arguments) or list(TABLES)
    unknown = [name for name in names if name not in TABLES]
    if unknown:
        print(f"figures: {', '.join(unknown)}: allowed are {', '.join(TABLES)}", file=sys.stderr)
        return 1
    for name in names:
        print(f"{name} ...", flush=True)
        rows = TABLES[name]()
        PAGE.write_text(put(PAGE.read_text(encoding="utf-8"), name, rows), encoding="utf-8")
    return 0
