#!/usr/bin/python3
"""What a scan of a population must say, and whether it did.

    expected.py EXPECTED RESULTS      RESULTS: NDJSON, or what psql prints for
                                      `select domain, class, reason, severity`
                                      with -A -t and -F set to a tab

The differences go to standard error, a line for each sort, the sum to standard
output. Exit 0: every domain is there once and as expected.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

SHOWN = 5
FIELDS = ("domain", "class", "reason", "severity")


@dataclass(frozen=True)
class Verdict:
    """The part of a record that a population promises."""

    verdict_class: str
    reason: str = ""
    severity: str = ""

    def __str__(self) -> str:
        words = (self.verdict_class, self.reason, self.severity)
        return "/".join(word or "-" for word in words).removesuffix("/-")


def write(path: Path, expected: dict[str, Verdict]) -> None:
    lines = [
        "\t".join((domain, v.verdict_class, v.reason, v.severity))
        for domain, v in sorted(expected.items())
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def rows(path: Path) -> Iterator[tuple[str, Verdict]]:
    """Domain and verdict of each line of a TSV or NDJSON file."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.startswith("{"):
                record = json.loads(line)
                fields = [record[k] for k in FIELDS]
            else:
                fields = (line.rstrip("\n").split("\t") + ["", ""])[:4]
            domain, *verdict = (field or "" for field in fields)
            yield domain, Verdict(*verdict)


def differences(
    expected: dict[str, Verdict], found: Iterable[tuple[str, Verdict]]
) -> dict[str, list[str]]:
    """What is wrong, and the domains with which it is."""
    wrong: dict[str, list[str]] = defaultdict(list)
    seen: set[str] = set()
    for domain, verdict in found:
        if domain in seen:
            wrong["more than one row"].append(domain)
        elif domain not in expected:
            wrong["not asked for"].append(domain)
        elif expected[domain] != verdict:
            wrong[f"expected {expected[domain]}, found {verdict}"].append(domain)
        seen.add(domain)
    missing = sorted(expected.keys() - seen)
    return wrong | ({"no row": missing} if missing else {})


def main() -> int:
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    expected = dict(rows(Path(sys.argv[1])))
    wrong = differences(expected, rows(Path(sys.argv[2])))
    for text, domains in wrong.items():
        more = ", …" if len(domains) > SHOWN else ""
        shown = ", ".join(domains[:SHOWN])
        print(f"{len(domains)} × {text}: {shown}{more}", file=sys.stderr)
    if wrong:
        count = sum(len(domains) for domains in wrong.values())
        print(f"{count} of {len(expected)} domains not as expected")
        return 1
    print(f"{len(expected)} domains, class and reason of each as expected")
    return 0


if __name__ == "__main__":
    sys.exit(main())
