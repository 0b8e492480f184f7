#!/usr/bin/python3
"""The whole program under trouble.

    run.py [--build DIR] [--domains N] [--rounds N] [--jobs N] [SUBJECT...]

A subject is one of the files beside this one; its tests are the functions
test_*, their titles the docstrings. One line a test, `ok` or `not ok`, as they
end; the last line is the sum.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import importlib
import inspect
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from program import Failure
from stage import LAB_FOLDER, Stage

# The long ones first.
SUBJECTS = [
    "kills",
    "fleet",
    "outage",
    "invariance",
    "publish",
    "resolvers",
    "interruption",
    "environment",
    "lists",
    "outputs",
    "canaries",
    "passes",
    "metrics",
    "provenance",
    "slow_servers",
    "commands",
    "export",
    "reclassify",
    "no_database",
    "blocklist",
    "survey",
]
Test = Callable[[Stage], None]


class Tally:
    """Counts and prints, a line at once, whoever is done."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.passed = 0
        self.failed = 0

    def tell(self, title: str, seconds: float, problem: str | None) -> None:
        with self.lock:
            if problem is None:
                self.passed += 1
                print(f"ok {title} ({seconds:.1f} s)", flush=True)
                return
            self.failed += 1
            lines = "".join(f"    {line}\n" for line in problem.splitlines())
            print(f"not ok {title}\n{lines}", end="", flush=True)


def tests_of(subject: str) -> list[Test]:
    members = vars(importlib.import_module(subject)).items()
    return [member for name, member in members if name.startswith("test_")]


def attempt(test: Test, stage: Stage) -> str | None:
    """What went wrong."""
    try:
        test(stage)
    except Failure as failure:
        return str(failure)
    except Exception:
        return traceback.format_exc()
    return None


def perform(test: Test, stage: Stage, tally: Tally) -> None:
    began = time.monotonic()
    problem = attempt(test, stage)
    title = f"{test.__module__}: {inspect.getdoc(test)}"
    tally.tell(title, time.monotonic() - began, problem)


def run_all(tests: list[Test], stage: Stage, jobs: int) -> int:
    tally = Tally()
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(perform, test, stage, tally) for test in tests]
        try:
            for future in futures:
                future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            stage.close()
    print(f"{tally.passed} passed, {tally.failed} failed")
    return 1 if tally.failed or not tally.passed else 0


def stop(number: int, _frame: object) -> None:
    """Once; what is under way is ended in order."""
    for again in (signal.SIGINT, signal.SIGTERM):
        signal.signal(again, signal.SIG_IGN)
    sys.exit(128 + number)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, default=LAB_FOLDER.parents[1] / "build")
    parser.add_argument("--domains", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=10, help="of kills")
    parser.add_argument("--jobs", type=int, default=5, help="they mostly wait")
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT")
    arguments = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    subjects = arguments.subjects or SUBJECTS
    tests = [test for subject in subjects for test in tests_of(subject)]
    with tempfile.TemporaryDirectory(prefix="danescan-robust-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        build = arguments.build.resolve()
        stage = Stage(build, Path(folder), arguments.domains, arguments.rounds)
        return run_all(tests, stage, arguments.jobs)


if __name__ == "__main__":
    sys.exit(main())
