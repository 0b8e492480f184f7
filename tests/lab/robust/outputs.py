"""Outputs that cannot be written: never exit 0, one clear line, no hang."""

from __future__ import annotations

import json
import os
import select
from pathlib import Path

from program import Run, demand
from stage import Population, Stage

FULL = Path("/dev/full")
LIMIT_SECONDS = 240


def is_full(pipe: int) -> bool:
    """Not by octets: a pipe has room for so many writes."""
    return not select.select([], [pipe], [], 0)[1]


def failed(run: Run, *patterns: str) -> None:
    """Exit 3, and a line on standard error with these words."""
    run.finish(3, LIMIT_SECONDS)
    lines = [line for line in run.err().splitlines() if line.startswith("danescan:")]
    ok = any(all(pattern in line for pattern in patterns) for line in lines)
    demand(ok, f"no line with {patterns}: {run.err()}")


def scan(population: Population, *words: object, **options: object) -> Run:
    return population.lab.begin("scan", "-q", *words, population.names, **options)


def test_full_disk(stage: Stage) -> None:
    """a full disk: -o FILE, standard output, CSV, check --json"""
    population = stage.population()
    failed(scan(population, "-o", FULL), "/dev/full", "No space")
    with FULL.open("wb") as full:
        failed(scan(population, stdout=full), "standard output", "No space")
        failed(scan(population, "--format", "csv", stdout=full), "No space")
        words = ("check", "--json", population.one("valid"))
        failed(population.lab.begin(*words, stdout=full), "No space")
        words = ("check", population.one("valid"))
        failed(population.lab.begin(*words, stdout=full), "standard output")


def test_full_disk_beside_the_rows(stage: Stage) -> None:
    """a full disk: rejects and summary"""
    population = stage.population()
    names = stage.fresh("full.list")
    names.write_text(f"{population.one('valid')}\n..\n")
    for option in ("--rejects", "--summary"):
        run = population.lab.begin("scan", "-q", option, FULL, names)
        run.finish(3, LIMIT_SECONDS)
        demand("danescan" in run.err(), f"{option}: nothing is said")


def test_full_disk_elsewhere(stage: Stage) -> None:
    """a full disk: help, explain, version"""
    for words in (["--help"], ["scan", "--help"], ["explain"], ["version"]):
        with FULL.open("wb") as full:
            run = stage.run(*words, stdout=full)
            failed(run, "standard output", "No space")


def test_closed_pipe(stage: Stage) -> None:
    """a reader that goes after the first row"""
    population = stage.population()
    out, into = os.pipe()
    try:
        run = scan(population, stdout=into)
    finally:
        os.close(into)
    first = os.read(out, 1)
    os.close(out)
    demand(first == b"{", f"not a row: {first!r}")
    failed(run, "standard output", "Broken pipe")


def test_no_reader(stage: Stage) -> None:
    """a pipe without a reader from the start"""
    population = stage.population()
    out, into = os.pipe()
    os.close(out)
    try:
        run = scan(population, stdout=into)
    finally:
        os.close(into)
    failed(run, "standard output", "Broken pipe")


def test_slow_reader(stage: Stage) -> None:
    """a reader that waits until the pipe is full: nothing is lost"""
    population = stage.population()
    out, into = os.pipe()
    try:
        run = scan(population, *population.pace(2), stdout=into)
        run.await_("the scan waits for its reader", lambda: is_full(into))
    finally:
        os.close(into)
    with open(out, "rb") as pipe:
        rows = [json.loads(line) for line in pipe.read().splitlines()]
    run.finish()
    found = stage.fresh("slow-reader.ndjson")
    found.write_text("".join(json.dumps(row) + "\n" for row in rows))
    population.compare(found)


def test_folder_missing(stage: Stage) -> None:
    """an output in a folder that is not there, or that is a folder"""
    population = stage.population()
    failed(scan(population, "-o", stage.folder / "nowhere" / "x"), "No such file")
    failed(scan(population, "-o", stage.folder), "Is a directory")


def test_ehlo_without_domain(stage: Stage) -> None:
    """an EHLO name that is not fully qualified is warned of, once"""
    names, lab = stage.fresh("ehlo.list"), stage.cases()
    names.write_text("a01.example\na02.example\n")
    for words, expected in (
        (("--ehlo", "short"), 1),
        (("--ehlo", "short", "-q"), 0),
        (("--ehlo", "short", "--probe", "none"), 0),
        (("--ehlo", "[192.0.2.1]"), 0),
        ((), 0),
    ):
        run = lab.begin("scan", *words, "-o", stage.fresh("rows"), names).finish()
        found = run.err().count("not fully qualified")
        demand(found == expected, f"{words}: {found} times: {run.err()}")
