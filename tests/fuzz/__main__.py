"""``python -m tests.fuzz``: sends hostile inputs to a site, and tells what breaks."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator

from . import checks, costs
from .requests import Requests
from .target import Target

#: Inputs that one site answers before a fresh one takes over: what it has reported, and what it
#: remembers, starts anew.
CHUNK = 5000

#: So many breaks are printed in full.
PRINTED = 20


def main() -> int:
    """Runs the command; the exit status."""
    options = _options()
    started = told = time.monotonic()
    statuses: Counter[int] = Counter()
    broken = 0
    jobs = _jobs(options.seed, options.first, options.inputs)
    with multiprocessing.Pool(options.processes) as pool:
        for seen, found in pool.imap(run, jobs):
            statuses += seen
            for line in found[: max(PRINTED - broken, 0)]:
                print(line, flush=True)
            broken += len(found)
            if time.monotonic() - told > 15:
                told = time.monotonic()
                done = statuses.total()
                print(f"{done:,} inputs, {done / (told - started):,.0f} a second", flush=True)
    seconds = time.monotonic() - started
    print(f"\n{options.inputs:,} inputs from seed {options.seed} in {seconds:.0f} s")
    print("statuses:", ", ".join(f"{code} {count:,}" for code, count in sorted(statuses.items())))
    print(f"breaks: {broken}")
    linear = options.inputs < CHUNK or costs.measure()
    if not linear:
        print(f"a long header costs more than {costs.LIMIT} times a short one")
    return 1 if broken or not linear else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000, help="how many")
    parser.add_argument("--seed", type=int, default=1, help="what they are made from")
    parser.add_argument("--first", type=int, default=0, help="number of the first")
    parser.add_argument("--processes", type=int, default=2)
    return parser.parse_args()


def _jobs(seed: int, first: int, inputs: int) -> Iterator[tuple[int, int, int]]:
    for start in range(first, first + inputs, CHUNK):
        yield seed, start, min(start + CHUNK, first + inputs)


def run(job: tuple[int, int, int]) -> tuple[Counter[int], list[str]]:
    """Sends the inputs of one chunk: the statuses seen (0: an exception), and the breaks."""
    seed, start, end = job
    target = Target()
    # The day, not the second: an input is the same whenever it is made again today.
    now = int(time.time()) // 86400 * 86400
    requests = Requests(seed, [*target.asking, *target.exempt], now)
    statuses: Counter[int] = Counter()
    found = []
    for number in range(start, end):
        made = requests.make(number)
        try:
            answer = target.answer(made)
            statuses[answer.status] += 1
            said = checks.breaks(target, made, answer)
        except Exception:
            statuses[0] += 1
            said = [traceback.format_exc(limit=-4)]
        if said:
            told = "\n  ".join(said)
            found.append(f"BREAK at --seed {seed} --first {number}:\n  {told}\n  {made}")
    return statuses, found


if __name__ == "__main__":
    sys.exit(main())
