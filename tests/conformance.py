#!/usr/bin/python3
"""Tells for each row of the conformance matrix whether its tests pass.

    tests/conformance.py [--build DIR] [--tap]

The matrix is CONFORMANCE.md in the folder DANESCAN_SHARED, or ../shared beside
the checkout; without it there is nothing to tell. Of the matrix only the ids
are read: what a row is about, its tests say. A test carries the ids of rows

  as a laboratory case    A01, and A01-rsa too, for row A01
  as a label in C         a string literal that is ids and, after them, words:
                          "E12 C37", "F15 equal preference"
  as a comment in C       directly above a test: /* A36: never in silence. */
                          or of nothing but ids, at the end of a line

A label or a comment within a function belongs to that test, one in a table to
all tests of its file. A row passes if all that carry it pass, and there is one. The rows in
conformance.txt cannot be tested here; it says why. The last line is the sum of
groups A to F; group G, advice that changes no verdict, is told apart, and has
to pass as well.

--tap is for where the tests themselves run anyway: it runs nothing, and tells
in TAP of each row whether there is a test that carries it.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).resolve().parent
REPOSITORY = TESTS.parent
CASES = TESTS / "lab" / "cases"
UNTESTABLE = TESTS / "conformance.txt"
LIMIT_SECONDS = 600

ID = r"[A-G]\d\d[a-z]?"
ROW = re.compile(rf"\| ({ID}) \|")
CASE = re.compile(rf"({ID})(?:-[\w-]+)?\s+(.*)")
LABEL = re.compile(rf'"({ID}(?: {ID})*)(?:[ :,]+([^"]*))?"')
COMMENT = re.compile(rf"/\* ({ID}(?:,? {ID})*)[^\w]+(.*)$")
MARGIN = re.compile(rf"\S.*/\* ({ID}(?:,? {ID})*) \*/$")
FUNCTION = re.compile(r"(\w+)\(void \*\*state\)")
TAP = re.compile(r"(not )?ok\b\s*\d*\s*(?:-\s*)?(\w+)")
LAB = re.compile(r"^(ok|not ok|todo|skip) (\S+) (.*)", re.M)


@dataclass(frozen=True)
class Test:
    """What carries a row: a case, a test of a program, or (no name) all of
    these."""

    program: str  # "lab", or the source without its suffix
    name: str
    title: str


Carriers = dict[str, list[Test]]


def matrix_rows(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [match[1] for match in map(ROW.match, lines) if match]


def untestable() -> dict[str, tuple[str, str]]:
    """Title and reason of each row that cannot be tested."""
    found = {}
    for line in UNTESTABLE.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            row, _, words = line.partition(" ")
            title, _, why = words.partition("|")
            found[row] = (title.strip(), why.strip())
    return found


def laboratory_cases() -> Iterator[tuple[str, Test]]:
    for path in sorted(CASES.glob("*.case")):
        for line in path.read_text(encoding="utf-8").splitlines():
            match = CASE.match(line)
            if match:
                yield match[1], Test("lab", line.split()[0], match[2])


def c_tests(path: Path) -> Iterator[tuple[str, Test]]:
    """The labels and comments of one source file."""
    program = str(path.relative_to(REPOSITORY).with_suffix(""))
    function = ""
    above: re.Match[str] | None = None
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("/*"):
            above = COMMENT.match(line)
        elif not line:
            above = None
        elif line == "}":
            function = ""
        elif start := FUNCTION.match(line):
            function = start[1]
            for row in re.findall(ID, above[1]) if above else ():
                yield row, Test(program, function, above[2].removesuffix("*/"))
            above = None
        if margin := MARGIN.search(line):
            for row in re.findall(ID, margin[1]):
                yield row, Test(program, function, "")
        for label in LABEL.finditer(line):
            for row in label[1].split():
                yield row, Test(program, function, label[2] or "")


def carriers() -> Carriers:
    found: Carriers = defaultdict(list)
    for row, test in laboratory_cases():
        found[row].append(test)
    sources = [*TESTS.glob("unit/*/test_*.c"), *TESTS.glob("scenario/test_*.c")]
    for path in sorted(sources):
        for row, test in c_tests(path):
            found[row].append(test)
    return found


Outcome = dict[str, str]  # of each test of a program: "" or what is wrong


class Results:
    """What became of the tests of all programs that carry a row."""

    def __init__(self, build: Path) -> None:
        self.build = build
        self.outcomes: dict[str, Outcome] = {}

    def run(self, programs: set[str]) -> None:
        for program in sorted(programs):
            if program == "lab":
                words = [TESTS / "lab" / "lab.py", "--build", self.build, "cases"]
                self.outcomes["lab"] = read_laboratory(self._output(words))
            else:
                words = [self.build / program]
                if program.endswith("/test_unbound"):
                    words.insert(0, TESTS / "unit" / "resolver" / "with_root.sh")
                self.outcomes[program] = read_tap(self._output(words))

    def of(self, test: Test) -> str:
        """What is wrong with the test, or nothing."""
        outcome = self.outcomes.get(test.program, {})
        unfinished = f"{test.name or test.program} did not end"
        if test.name or not outcome:
            return outcome.get(test.name, unfinished)
        return "; ".join(filter(None, outcome.values()))

    @staticmethod
    def _output(words: list[Path | str]) -> str:
        environment = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP", LC_ALL="C.UTF-8")
        try:
            done = subprocess.run(
                [str(word) for word in words], env=environment, text=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, timeout=LIMIT_SECONDS, errors="replace",
                cwd=REPOSITORY,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return str(error)
        return done.stdout


def read_tap(output: str) -> Outcome:
    """A program that died halfway has planned more tests than it tells of."""
    lines = output.splitlines()
    found = [match for match in map(TAP.match, lines) if match]
    outcome = {line[2]: f"{line[2]} fails" if line[1] else "" for line in found}
    if f"1..{len(found)}" not in lines:
        outcome["the rest"] = "not all tests ran"
    return outcome


def read_laboratory(output: str) -> Outcome:
    outcome = {}
    for state, case, words in LAB.findall(output):
        why = {"ok": "", "not ok": f"{case} fails"}
        outcome[case] = why.get(state, f"{case}: {words}")
    return outcome


@dataclass
class Row:
    id: str
    state: str
    title: str
    why: str = ""

    def __str__(self) -> str:
        return f"{self.id:<5} {self.title:<60.60} {self.state}" + (
            f": {self.why}" if self.why else ""
        )


def title_of(tests: list[Test]) -> str:
    """The laboratory's words, else those of a label, else the test's name."""
    titles = [test.title for test in tests if test.title]
    names = [f"{Path(test.program).name} {test.name}".strip() for test in tests]
    return (titles + names + [""])[0].replace("_", " ").strip(" .")


def judge(row: str, tests: list[Test], results: Results) -> Row:
    if not tests:
        return Row(row, "missing", "")
    wrong = dict.fromkeys(filter(None, map(results.of, tests)))
    state = "fail" if wrong else "pass"
    return Row(row, state, title_of(tests), "; ".join(wrong))


def report(rows: list[Row]) -> tuple[str, int]:
    for row in rows:
        print(row)
    passed = sum(row.state == "pass" for row in rows)
    untestable = sum(row.state == "not testable here" for row in rows)
    failed = len(rows) - passed - untestable
    return f"{passed} passed, {failed} failed, {untestable} not testable", failed


def tap(rows: list[str], known: Carriers, stands: dict[str, tuple[str, str]]) -> int:
    print(f"1..{len(rows)}")
    missing = 0
    for number, row in enumerate(rows, 1):
        if row in stands:
            print(f"ok {number} - row {row} # skip {stands[row][1]}")
            continue
        missing += row not in known
        mark = "ok" if row in known else "not ok"
        print(f"{mark} {number} - row {row} has a test")
    return 1 if missing else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, default=REPOSITORY / "build")
    parser.add_argument("--tap", action="store_true", help="run nothing")
    arguments = parser.parse_args()
    shared = Path(os.environ.get("DANESCAN_SHARED", REPOSITORY.parent / "shared"))
    matrix = shared / "CONFORMANCE.md"
    if not matrix.exists():
        print(f"1..1\nok 1 # skip no matrix: {matrix}")
        return 0
    known, stands = carriers(), untestable()
    rows = matrix_rows(matrix)
    if arguments.tap:
        return tap(rows, known, stands)
    results = Results(arguments.build.resolve())
    tested = [row for row in rows if row not in stands]
    results.run({test.program for row in tested for test in known.get(row, [])})
    judged = [
        Row(row, "not testable here", *stands[row])
        if row in stands
        else judge(row, known.get(row, []), results)
        for row in rows
    ]
    text, failed = report([row for row in judged if row.id[0] != "G"])
    print("\nAdvice:")
    advice, wrong = report([row for row in judged if row.id[0] == "G"])
    print(f"G: {advice}\n\n{text}")
    return 1 if failed + wrong else 0


if __name__ == "__main__":
    sys.exit(main())
