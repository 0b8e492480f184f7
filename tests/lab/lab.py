#!/usr/bin/python3
"""The laboratory's command line.

    lab.py cases [--only GLOB]         scan all cases, compare, tell
    lab.py run --world FILE -- CMD...  run CMD in the world of a JSON file
    lab.py run --cases -- CMD...       run CMD in the world of the cases

CMD finds LAB_HINTS, LAB_ANCHOR, LAB_ISSUERS, LAB_DIR and LAB_LIST in its environment.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import casefile
import mailservers
import namespace
from casefile import Case, CaseError
from compare import differences
from laboratory import CACHE, REPOSITORY, Laboratory, Tools
from large import LargeLaboratory, is_large
from processes import LabError
from world import World

CASES = Path(__file__).with_name("cases")
SCAN_SECONDS = 1200
SCANS = 4  # side by side; they mostly wait
# Few conversations at once, so that none waits long for the others.
SCAN_OPTIONS = """--allow-reserved --ehlo scanner.example
 --per-address-interval 0 --per-network 1000 --probes 20 --resolvers 1 -q""".split()
# By Case.waits. Servers that answer are waited for however busy the machine is:
# it costs nothing. Those that never do are scanned apart, and not so long.
PATIENCE = "--dns-timeout 120 --connect-timeout 120 --smtp-timeout 120 --rate 100"
LIMITS = {
    "": PATIENCE.split(),
    "dns": f"{PATIENCE} --dns-timeout 8".split(),
    "smtp": f"{PATIENCE} --connect-timeout 15 --smtp-timeout 15"
    " --session-timeout 20".split(),
}


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A signed Internet on this machine")
    parser.add_argument("--build", type=Path, default=REPOSITORY / "build")
    parser.add_argument("--keep", action="store_true", help="keep logs and results")
    commands = parser.add_subparsers(dest="command", required=True)
    cases = commands.add_parser("cases", help="scan the cases and compare")
    cases.add_argument("--only", default="*", metavar="GLOB", help="of case ids")
    cases.add_argument("--danescan", type=Path, help="default: that of --build")
    run = commands.add_parser("run", help="run a command in a world")
    run.add_argument("--world", type=Path, help="JSON file")
    run.add_argument("--cases", nargs="?", const="*", metavar="GLOB")
    run.add_argument("words", nargs="+", metavar="CMD")
    return parser.parse_args()


def select_cases(glob: str) -> list[Case]:
    cases = casefile.load(sorted(CASES.glob("*.case")))
    chosen = [case for case in cases if fnmatch.fnmatch(case.id, glob)]
    if not chosen:
        raise LabError(f"no case is called {glob}")
    return chosen


def write_list(path: Path, cases: list[Case]) -> None:
    names = dict.fromkeys(case.domain for case in cases)
    path.write_text("".join(f"{name}\n" for name in names))


def scan(
    danescan: Path, lab: Laboratory, names: Path, output: Path, *options: str
) -> None:
    command = [
        danescan,
        "scan",
        *("--root-hints", lab.hints, "--trust-anchor", lab.anchor),
        *("--ca-file", lab.issuers),
        *SCAN_OPTIONS,
        *options,
        *("-o", output, names),
    ]
    environment = dict(os.environ) | {"DANESCAN_RETRIES": "0"}
    done = subprocess.run(
        [str(word) for word in command], env=environment, timeout=SCAN_SECONDS
    )
    if done.returncode != 0:
        raise LabError(f"danescan ended with {done.returncode}")


def read_records(path: Path) -> dict[str, dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    return {record["domain"]: record for record in records}


def judge(case: Case, record: dict[str, Any] | None) -> str:
    """Tell about one case; "ok", "not ok", or "todo"."""
    if record is None:
        wrong = ["no record"]
    else:
        wrong = differences(record, case.expectations)
    if case.todo and not wrong:
        wrong = [f"holds, and is still marked as: todo {case.todo}"]
    elif case.todo:
        print(f"todo {case.id} {case.title}: {case.todo}")
        return "todo"
    verdict = "not ok" if wrong else "ok"
    print(f"{verdict} {case.id} {case.title}")
    for line in wrong:
        print(f"    {line}")
    if wrong and record is not None:
        print(f"    {json.dumps(record)}")
    return verdict


def why_not(case: Case) -> str | None:
    """The reason for which a case cannot be tested here, or None."""
    reasons = map(mailservers.why_not, sorted(case.kinds))
    return next(filter(None, reasons), None)


def report(cases: list[Case], records: dict[str, dict[str, Any]]) -> int:
    counts = dict.fromkeys(("ok", "not ok", "todo", "skip"), 0)
    for case in cases:
        skipped = why_not(case)
        if skipped:
            print(f"skip {case.id} {case.title}: {skipped}")
            counts["skip"] += 1
        else:
            counts[judge(case, records.get(case.a_label))] += 1
    print(
        f"{counts['ok']} passed, {counts['not ok']} failed, "
        f"{counts['todo']} to do, {counts['skip']} skipped"
    )
    return 1 if counts["not ok"] else 0


def scan_cases(
    danescan: Path, lab: Laboratory, cases: list[Case], folder: Path, *more: str
) -> dict[str, dict[str, Any]]:
    """One scan for all cases that want the same options and limits; more: for all
    cases."""
    groups: dict[tuple[str, ...], list[Case]] = defaultdict(list)
    for case in sorted(cases, key=lambda case: not case.waits):
        groups[(*LIMITS[case.waits], *case.options)].append(case)

    def scan_group(number: int, options: tuple[str, ...]) -> dict[str, Any]:
        names, output = folder / f"list-{number}", folder / f"{number}.ndjson"
        write_list(names, groups[options])
        scan(danescan, lab, names, output, *options, *more)
        return read_records(output)

    records: dict[str, dict[str, Any]] = {}
    with ThreadPoolExecutor(SCANS) as pool:
        for found in pool.map(scan_group, range(len(groups)), groups):
            records |= found
    return records


def run_cases(arguments: argparse.Namespace, folder: Path) -> int:
    cases = select_cases(arguments.only)
    danescan = (arguments.danescan or arguments.build / "danescan").resolve()
    if not danescan.exists():
        raise LabError(f"{danescan} is missing: make")
    tools = Tools(arguments.build.resolve() / "tests" / "lab")
    started = time.monotonic()
    with Laboratory(casefile.merge(cases), tools, folder) as lab:
        ready = time.monotonic()
        records = scan_cases(danescan, lab, cases, folder)
        scanned = time.monotonic()
    code = report(cases, records)
    print(f"laboratory up in {ready - started:.1f} s, scan {scanned - ready:.1f} s")
    return code


def run_command(arguments: argparse.Namespace, folder: Path) -> int:
    environment = dict(os.environ)
    if arguments.world and is_large(arguments.world):
        return run_large(arguments, folder)
    if arguments.world:
        plan = World.load(arguments.world)
        names = arguments.world.with_suffix(".list").resolve()
    else:
        cases = select_cases(arguments.cases or "*")
        plan, names = casefile.merge(cases), folder / "list"
        write_list(names, cases)
    tools = Tools(arguments.build.resolve() / "tests" / "lab")
    with Laboratory(plan, tools, folder) as lab:
        environment |= lab.environment() | {"LAB_LIST": str(names)}
        return subprocess.run(arguments.words, env=environment).returncode


def run_large(arguments: argparse.Namespace, folder: Path) -> int:
    tools = arguments.build.resolve() / "tests" / "lab"
    names = {"LAB_LIST": str(arguments.world.with_suffix(".list").resolve())}
    with LargeLaboratory(arguments.world, tools, CACHE, folder) as lab:
        environment = dict(os.environ) | lab.environment() | names
        return subprocess.run(arguments.words, env=environment).returncode


def in_namespace(inside: Callable[[Path], int], keep: bool) -> int:
    """The folder is made and removed outside, where nothing can be killed."""
    folder = Path(tempfile.mkdtemp(prefix="danescan-lab-"))
    folder.chmod(0o755)
    try:
        return namespace.run(lambda: inside(folder))
    finally:
        if keep:
            print(f"kept: {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    arguments = parse_arguments()
    command = run_cases if arguments.command == "cases" else run_command
    try:
        namespace.become_root()
        return in_namespace(lambda folder: command(arguments, folder), arguments.keep)
    except (LabError, CaseError) as error:
        print(f"lab: {error}", file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(main())
