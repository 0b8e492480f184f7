#!/usr/bin/python3
"""All cases twice: with the embedded validator, and with the
stub to Debian's unbound, whose answers must lead to the same records. TAP.

    stub.py [--build DIR] [--only GLOB] [--keep]
"""

from __future__ import annotations

import argparse
import json
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import casefile
import lab
from casefile import Case
from compare import differences
from laboratory import REPOSITORY, Laboratory, Tools
from processes import LabError

RESOLVER = "127.0.0.1@5300"
UNBOUND = "/usr/sbin/unbound"
CONFIG = """server:
  interface: {resolver}
  port: 5300
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: ""
  use-syslog: no
  verbosity: 1
  root-hints: "{hints}"
  trust-anchor-file: "{anchor}"
  do-not-query-localhost: no
  local-zone: "test." nodefault
  local-zone: "internal." nodefault
  ede: yes
  val-log-level: 2
  module-config: "validator iterator"
  infra-cache-max-rtt: 3000
  infra-keep-probing: yes
  rrset-roundrobin: no
remote-control:
  control-enable: no
"""
CHOICE = "which of two name servers that disagree is asked is up to the resolver"
# What two runs at different times, and with other words for the same, differ in.
IGNORED = {"time", "ttl", "why", "scan", "detail", "tls", "smtp_code", "flags"}
# Globs of case ids and of paths: why the values may differ. What the case
# expects is checked of both records all the same.
ACCEPTED = {
    ("G28-stale", "hosts.0.tlsa.records.*"): CHOICE,
    ("G28-stale", "lint.*"): CHOICE,
}

Records = dict[str, dict[str, Any]]


def start_unbound(place: Laboratory) -> None:
    config = place.folder / "unbound.conf"
    text = CONFIG.format(
        resolver=RESOLVER, folder=place.folder, hints=place.hints, anchor=place.anchor
    )
    config.write_text(text)
    place.processes.start("unbound", [UNBOUND, "-d", "-c", config])
    log = place.folder / "unbound.log"
    place.processes.wait_for(
        "unbound", lambda: "start of service" in log.read_text()
    )


def paths(value: Any, path: str = "") -> dict[str, Any]:
    """The leaves of a record by their path."""
    found: dict[str, Any] = {}
    if isinstance(value, dict):
        items = [(k, v) for k, v in value.items() if k not in IGNORED]
    elif isinstance(value, list):
        items = [(str(number), v) for number, v in enumerate(value)]
    else:
        return {path: value}
    for key, inner in items:
        found |= paths(inner, f"{path}.{key}" if path else key)
    return found


def why_accepted(case: Case, path: str) -> str | None:
    for (ids, paths_of), why in ACCEPTED.items():
        if fnmatchcase(case.id, ids) and fnmatchcase(path, paths_of):
            return why
    return None


def disagreements(case: Case, embedded: Any, stub: Any) -> list[str]:
    if embedded is None or stub is None:
        return ["no record"]
    left, right = paths(embedded), paths(stub)
    lines = []
    for path in sorted(left.keys() | right.keys()):
        if left.get(path) == right.get(path):
            continue
        why = why_accepted(case, path)
        text = f"{path}: embedded {left.get(path)!r}, stub {right.get(path)!r}"
        if why:
            print(f"# {case.id} {text}: accepted: {why}")
        else:
            lines.append(text)
    return lines


def report(cases: list[Case], first: Records, second: Records) -> int:
    failed = 0
    print(f"1..{len(cases)}")
    for number, case in enumerate(cases, 1):
        title = f"{number} - stub: {case.id} {case.title}"
        skipped = lab.why_not(case)
        if skipped:
            print(f"ok {title} # SKIP {skipped}")
            continue
        record = second.get(case.a_label)
        wrong = disagreements(case, first.get(case.a_label), record)
        if record is not None and not case.todo:
            wrong += differences(record, case.expectations)
        failed += bool(wrong)
        print(f"{'not ok' if wrong else 'ok'} {title}")
        for line in wrong:
            print(f"# {line}")
        if wrong:
            print(f"# {json.dumps(record)}")
    return 1 if failed else 0


def run(arguments: argparse.Namespace, folder: Path) -> int:
    cases = lab.select_cases(arguments.only)
    danescan = (arguments.build / "danescan").resolve()
    tools = Tools(arguments.build.resolve() / "tests" / "lab")
    # One after the other: some servers behave otherwise the first time.
    for name in ("one", "two"):
        (folder / name).mkdir()
    with Laboratory(casefile.merge(cases), tools, folder / "one") as place:
        embedded = lab.scan_cases(danescan, place, cases, folder)
    with Laboratory(casefile.merge(cases), tools, folder / "two") as place:
        start_unbound(place)
        more = ("--resolver", f"stub:{RESOLVER}")
        stub = lab.scan_cases(danescan, place, cases, folder, *more)
    return report(cases, embedded, stub)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, default=REPOSITORY / "build")
    parser.add_argument("--only", default="*", metavar="GLOB", help="of case ids")
    parser.add_argument("--keep", action="store_true", help="keep logs and results")
    arguments = parser.parse_args()
    if not Path(UNBOUND).exists():
        print("1..0 # SKIP unbound is not installed")
        return 0
    try:
        lab.namespace.become_root()
        return lab.in_namespace(lambda f: run(arguments, f), arguments.keep)
    except (LabError, casefile.CaseError) as error:
        print(f"Bail out! {error}")
        return 3


if __name__ == "__main__":
    sys.exit(main())
