#!/usr/bin/python3
"""Run test programs that speak TAP, several at once, and count their tests.

    tests/run.py [--jobs N] [--limit SECONDS] [--logs DIR] NAME: COMMAND...

Each command is one argument, run by the shell; more suites may follow, each
after its name. A command that dies, prints no TAP or not all the tests that it
planned has failed, whatever it printed; the last words of Python's unittest,
and "N passed, N failed", are as good as a plan. One line a suite; of failures
the last words. The last line is the sum: `N passed, N failed`, and
`, N skipped` where there were any.
"""

import argparse
import concurrent.futures
import os
import re
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

RESULT = re.compile(r"(not )?ok\b\s*\d*\s*(?:-\s*)?([^#]*)(?:#\s*(skip|todo)?.*)?$", re.I)
SKIP = re.compile(r"(skip|todo)\b", re.I)
SUM = re.compile(r"\d+ passed, \d+ failed\b")
# unittest: how many ran, which failed, how many were left out.
RAN = re.compile(r"Ran (\d+) tests? in ")
WRONG = re.compile(r"(?:FAIL|ERROR): (.*)")
LEFT_OUT = re.compile(r"(?:OK|FAILED) \(.*skipped=(\d+)")
PLAN = re.compile(r"1\.\.(\d+)(\s*#\s*skip\b.*)?$", re.I)
EXCERPT_LINES = 40


@dataclass
class Job:
    suite: str
    command: str
    log: Path
    passed: int = 0
    skipped: int = 0
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0


def read_tap(job: Job, output: str) -> int | None:
    """Counts into job; returns the number of tests planned."""
    planned = None
    for line in output.splitlines():
        plan = PLAN.match(line)
        total = SUM.match(line)
        result = RESULT.match(line)
        if total:
            planned = (planned or 0) + sum(map(int, re.findall(r"\d+", line)))
        elif SKIP.match(line):
            job.skipped += 1
        elif plan:
            planned = (planned or 0) + int(plan[1])
            job.skipped += 1 if plan[2] and plan[1] == "0" else 0
        elif line.startswith("Bail out!"):
            job.failures.append(line)
        elif result and result[3]:
            job.skipped += 1
        elif result and result[1]:
            job.failures.append(result[2].strip() or line)
        elif result:
            job.passed += 1
    return planned


def read_unittest(job: Job, output: str) -> int | None:
    """The same for the words of Python's unittest."""
    ran = RAN.search(output)
    if not ran:
        return None
    left_out = LEFT_OUT.search(output)
    job.skipped = int(left_out[1]) if left_out else 0
    job.failures = WRONG.findall(output)
    job.passed = max(0, int(ran[1]) - job.skipped - len(job.failures))
    return int(ran[1])


def judge(job: Job, output: str, status: int | None) -> None:
    planned = read_tap(job, output) or read_unittest(job, output)
    seen = job.passed + len(job.failures) + job.skipped
    name = job.command.split()[0]
    if status is None:
        job.failures.append(f"{name}: over the time limit")
    elif status < 0:
        job.failures.append(f"{name}: killed by {signal.Signals(-status).name}")
    elif planned is None:
        job.failures.append(f"{name}: no test plan in its output (exit {status})")
    elif seen < planned:
        job.failures.append(f"{name}: {planned} tests planned, {seen} seen")
    elif status and not job.failures:
        job.failures.append(f"{name}: exit status {status}")


class Running:
    """The commands under way, so that an interrupt leaves none behind."""

    def __init__(self) -> None:
        self.groups: set[int] = set()
        self.lock = threading.Lock()

    def run(self, job: Job, limit: float) -> None:
        began = time.monotonic()
        environment = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP", LC_ALL="C.UTF-8")
        job.log.parent.mkdir(parents=True, exist_ok=True)
        with job.log.open("wb") as log:
            process = subprocess.Popen(
                job.command, shell=True, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, env=environment, start_new_session=True,
            )
            with self.lock:
                self.groups.add(process.pid)
            status = self.wait(process, limit)
            with self.lock:
                self.groups.discard(process.pid)
        job.seconds = time.monotonic() - began
        judge(job, job.log.read_text("utf-8", "replace"), status)

    def wait(self, process: subprocess.Popen, limit: float) -> int | None:
        try:
            return process.wait(limit)
        except subprocess.TimeoutExpired:
            self.end(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            self.end(process.pid, signal.SIGKILL)
            process.wait()
        return None

    @staticmethod
    def end(group: int, number: int) -> None:
        try:
            os.killpg(group, number)
        except ProcessLookupError:
            pass

    def end_all(self) -> None:
        with self.lock:
            for group in self.groups:
                self.end(group, signal.SIGTERM)


def excerpt(job: Job) -> list[str]:
    lines = [
        line for line in job.log.read_text("utf-8", "replace").splitlines()
        if not re.match(r"ok\b|1\.\.|TAP version|\s*$", line)
    ]
    return lines[-EXCERPT_LINES:]


def report(suite: str, jobs: list[Job]) -> None:
    passed = sum(job.passed for job in jobs)
    failed = sum(len(job.failures) for job in jobs)
    skipped = sum(job.skipped for job in jobs)
    seconds = sum(job.seconds for job in jobs)
    text = f"{suite:<20} {passed:5} passed"
    text += f", {failed} failed" if failed else ""
    text += f", {skipped} skipped" if skipped else ""
    print(f"{text:<56} {seconds:6.1f} s", flush=True)
    for job in jobs:
        for failure in job.failures:
            print(f"  FAILED {failure}")
        if job.failures:
            print(f"  from {job.log}:")
            print("\n".join(f"    {line}" for line in excerpt(job)), flush=True)


def suites_of(words: list[str], logs: Path) -> dict[str, list[Job]]:
    suites: dict[str, list[Job]] = {}
    suite = "tests"
    for word in words:
        if word.endswith(":"):
            suite = word[:-1]
            continue
        jobs = suites.setdefault(suite, [])
        stem = re.sub(r"[^A-Za-z0-9]+", "-", suite).strip("-")
        jobs.append(Job(suite, word, logs / f"{stem}-{len(jobs) + 1}.log"))
    return suites


def run_suites(suites: dict[str, list[Job]], jobs: int, limit: float) -> None:
    running = Running()
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        futures = {
            suite: [pool.submit(running.run, job, limit) for job in members]
            for suite, members in suites.items()
        }
        try:
            for suite, members in suites.items():
                for future in futures[suite]:
                    future.result()
                report(suite, members)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            running.end_all()
            raise


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--limit", type=float, default=1500, help="seconds for one command")
    parser.add_argument("--logs", type=Path, default=Path("build/test-logs"))
    parser.add_argument("words", nargs="*", metavar="NAME: COMMAND...")
    arguments = parser.parse_args()
    suites = suites_of(arguments.words, arguments.logs)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        run_suites(suites, arguments.jobs, arguments.limit)
    except KeyboardInterrupt:
        return 130
    everything = [job for members in suites.values() for job in members]
    passed = sum(job.passed for job in everything)
    failed = sum(len(job.failures) for job in everything)
    skipped = sum(job.skipped for job in everything)
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
