"""Runs the measurements and prints their tables.

python -m benchmarks            # all
python -m benchmarks server     # µs per request
python -m benchmarks sizes      # bytes delivered
python -m benchmarks browser    # a throttled Chromium
python -m benchmarks records    # choices per second, with records and without
python -m benchmarks peers      # other banners in the same Chromium; npm fetches them

python -m benchmarks.ledger     # a store of ten million records: an hour, and ten gigabytes
"""

from __future__ import annotations

import argparse
from functools import partial

from . import browser, records, server, sizes
from .peers import report as peers
from .peers.packages import Missing

PARTS = {
    "sizes": sizes.report,
    "server": server.report,
    "browser": browser.report,
    "records": records.report,
    "peers": peers.report,
}


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="benchmarks", description="Measures sizes and times.")
    parser.add_argument("part", nargs="*", help=f"of {', '.join(PARTS)}; by default all")
    parser.add_argument(
        "--rounds", type=int, default=peers.ROUNDS, help="of the peers; by default %(default)s"
    )
    parser.add_argument(
        "--write", action="store_true", help="put the figures of the peers into the documentation"
    )
    options = parser.parse_args()
    names = options.part or list(PARTS)
    if unknown := [name for name in names if name not in PARTS]:
        parser.error(f"there is no {', '.join(unknown)}; there are: {', '.join(PARTS)}")
    parts = PARTS | {"peers": partial(peers.report, options.rounds, options.write)}
    try:
        for name in names:
            print(parts[name](), flush=True)
    except Missing as error:
        parser.exit(1, f"{error}\n")


if __name__ == "__main__":
    main()
