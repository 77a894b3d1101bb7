"""`make bench`: measures Argus in one run; figures are ratios, since machines differ."""

import os
from pathlib import Path

from argus.services.qa.healing.benchmark import measure
from bench import platform

RELOCATION_DATA = "ARGUS_BENCH_RELOCATION"


def main() -> None:
    """Run all benchmarks; what lacks its data says so."""
    print("== HTTP, per process (usage batch: 100 events a request)")
    platform.run()
    print("== Relocation and false heals")
    data = os.environ.get(RELOCATION_DATA)
    if data is None:
        print(f"not run: set {RELOCATION_DATA} to the data set's file")
    else:
        print(measure(Path(data)))


if __name__ == "__main__":
    main()
