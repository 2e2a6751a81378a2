"""`python -m tools.soak`: many short calls in virtual time; the exit code says whether all books agree."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
from collections.abc import Sequence

from tools.soak.lives import Lives, Order
from tools.soak.office import KINDS
from tools.soak.soak import Result

LIFE = 10000  # calls of one box before the next one begins


def main(argv: Sequence[str] | None = None) -> int:
    """Read the command line, and soak."""
    asked = _parser().parse_args(argv)
    kinds = tuple(asked.spans.split(","))
    if wrong := set(kinds) - set(KINDS) or len(kinds) > 4:
        print(f"spans: {wrong or len(kinds)}, allowed are one to four of {', '.join(KINDS)}", file=sys.stderr)
        return 2
    sizes = [min(asked.life, asked.calls - done) for done in range(0, asked.calls, asked.life)]
    orders = [Order(asked.seed + place, size, kinds, asked.calm) for place, size in enumerate(sizes)]
    lives = Lives(orders, min(asked.jobs, len(orders)), sys.stderr)
    results = lives.run(multiprocessing.get_context("fork"))
    for result in results:
        if not result.is_good:
            _tell(result, asked.spans, is_calm=asked.calm)
    for order in lives.died:
        again = _again(order.seed, order.calls, asked.spans, is_calm=asked.calm)
        print(f"seed {order.seed}: stopped by a fault (above). Again: {again}")
    _sum_up(results)
    return 0 if len(results) == len(orders) and all(result.is_good for result in results) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.soak", description=__doc__)
    parser.add_argument("--calls", type=int, default=100_000, help="how many in all")
    parser.add_argument("--life", type=int, default=LIFE, help="calls of one box; then the next seed")
    parser.add_argument("--seed", type=int, default=1, help="of the first life")
    parser.add_argument("--spans", default=",".join(KINDS), help="their kinds, such as pri,china")
    parser.add_argument("--calm", action="store_true", help="nothing goes wrong but calls")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="lives at the same time")
    return parser


def _again(seed: int, calls: int, spans: str, *, is_calm: bool) -> str:
    calm = " --calm" if is_calm else ""
    return f"python -m tools.soak --seed {seed} --calls {calls} --life {calls} --spans {spans}{calm}"


def _tell(result: Result, spans: str, *, is_calm: bool) -> None:
    print(f"seed {result.seed}, at call {result.calls}: {len(result.complaints)} complaints")
    for complaint in result.complaints[:20]:
        print(f"  {complaint}")
    for line in result.last_events:
        print(f"    {line}")
    print(f"Again: {_again(result.seed, result.calls, spans, is_calm=is_calm)}")


def _sum_up(results: Sequence[Result]) -> None:
    print(
        f"{sum(result.calls for result in results)} calls in {len(results)} lives, "
        f"{sum(result.mishaps for result in results)} mishaps, "
        f"{sum(result.looks for result in results)} looks, "
        f"{sum(result.matched for result in results)} legs found in both books, "
        f"{sum(result.compared for result in results)} of them compared in all things, "
        f"{sum(result.virtual_s for result in results) / 3600:.1f} h of virtual time"
    )
    for result in results:
        state = "good" if result.is_good else "NOT GOOD"
        print(f"  seed {result.seed}: {result.calls} calls, digest {result.digest:08x}, {state}")


if __name__ == "__main__":
    sys.exit(main())
