"""A million random and mutated requests: no 500 and no exception may come of any of them."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import sys
import time

from tests.fuzzing.fuzzer import Fuzzer


def run_share(share: tuple[int, int, int, int]) -> Fuzzer:
    """Send one process's share of the requests."""
    seed, requests, first, step = share
    fuzzer = Fuzzer(seed)
    fuzzer.run(requests, first=first, step=step)
    return fuzzer


def main() -> int:
    """Send them, and print what broke; 1 if anything did."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000_000, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="S")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="J")
    options = parser.parse_args()
    fuzzer, before = Fuzzer(options.seed), time.perf_counter()
    shares = [(options.seed, options.requests, n, options.jobs) for n in range(options.jobs)]
    with multiprocessing.Pool(options.jobs) as pool:
        for found in pool.imap_unordered(run_share, shares):
            fuzzer.add(found)
    rate = options.requests / (time.perf_counter() - before)
    for failure in fuzzer.failures[:50]:
        print(failure)
    sent = ", ".join(f"{way} {count}" for way, count in fuzzer.sent.most_common())
    statuses = ", ".join(f"{status}: {n}" for status, n in fuzzer.statuses.most_common())
    print(f"{options.requests} requests with seed {options.seed} ({sent}), {rate:.0f} a second")
    print(f"statuses (0: hung up): {statuses}")
    print(f"broken: {len(fuzzer.failures)}")
    return 1 if fuzzer.failures else 0


if __name__ == "__main__":
    sys.exit(main())
