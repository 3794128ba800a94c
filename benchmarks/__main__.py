"""Runs the measurements and prints their tables.

python -m benchmarks            # all
python -m benchmarks server     # µs per request
python -m benchmarks sizes      # bytes delivered
python -m benchmarks browser    # a throttled Chromium
python -m benchmarks records    # choices per second, with records and without

python -m benchmarks.ledger     # a store of ten million records: an hour, and ten gigabytes
"""

from __future__ import annotations

import argparse

from . import browser, records, server, sizes

PARTS = {
    "sizes": sizes.report,
    "server": server.report,
    "browser": browser.report,
    "records": records.report,
}


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="benchmarks", description="Measures sizes and times.")
    parser.add_argument("part", nargs="*", help=f"of {', '.join(PARTS)}; by default all")
    names = parser.parse_args().part or list(PARTS)
    if unknown := [name for name in names if name not in PARTS]:
        parser.error(f"there is no {', '.join(unknown)}; there are: {', '.join(PARTS)}")
    for name in names:
        print(PARTS[name](), flush=True)


if __name__ == "__main__":
    main()
