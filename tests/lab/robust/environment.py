"""A root that cannot be trusted or reached, files that cannot be read, values
that make no sense: one clear line, in bounded time."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import slow_servers
from program import Run, demand, one_clear_line
from stage import Population, Stage

LIMIT_SECONDS = 240
# For a root that does not answer as it should.
DNS_SECONDS = 3
# A key of nobody's: DS of the root that matches none of the laboratory's keys.
OTHER_ANCHOR = ". IN DS 4711 13 2 " + "5A" * 32 + "\n"
HINTS = ". 3600 NS a.root.\na.root. 3600 A {}\n"
NOBODY = "198.18.0.250"  # nothing listens
LEAF = "198.18.0.10"  # a name server that knows nothing of the root


def refused(
    population: Population, pattern: str, *words: object, code: int = 3
) -> None:
    """For scan and check alike."""
    limit = ("--dns-timeout", DNS_SECONDS)
    scan = population.lab.begin("scan", *limit, *words, population.names)
    check = population.lab.begin("check", *limit, *words, population.one("valid"))
    for run in (scan, check):
        one_clear_line(run.finish(code, LIMIT_SECONDS), pattern)


def file(stage: Stage, name: str, text: str) -> Path:
    path = stage.fresh(name)
    path.write_text(text)
    return path


def test_wrong_anchor(stage: Stage) -> None:
    """a trust anchor of another root: the self-test tells"""
    anchor = file(stage, "other.key", OTHER_ANCHOR)
    words = ("--trust-anchor", anchor, "--dns-timeout", 120)
    refused(stage.population(), "self-test.*other.key", *words)


def test_unusable_anchor(stage: Stage) -> None:
    """a trust anchor that is missing, empty, a folder, or no anchor at all"""
    population = stage.population()
    for path in (
        stage.folder / "missing.key",
        file(stage, "empty.key", ""),
        stage.folder,
        file(stage, "junk.key", "this is no key\n"),
    ):
        refused(population, f"{path.name}", "--trust-anchor", path)


def test_unusable_hints(stage: Stage) -> None:
    """root hints that are missing, empty, a folder, or no hints at all"""
    population = stage.population()
    for path in (
        stage.folder / "missing.hints",
        file(stage, "empty.hints", ""),
        stage.folder,
        file(stage, "junk.hints", "these are no hints\n"),
    ):
        refused(population, f"{path.name}", "--root-hints", path)


def test_hints_to_nowhere(stage: Stage) -> None:
    """root hints to an address where nobody is, and to one that is no root"""
    for address in (NOBODY, LEAF):
        hints = file(stage, f"{address}.hints", HINTS.format(address))
        refused(stage.population(), "self-test.*hints", "--root-hints", hints)


def test_silent_root(stage: Stage) -> None:
    """a root that never answers: given up after the time limit of DNS"""
    population = slow_servers.slow_population(stage)
    hints = file(stage, "silent.hints", HINTS.format(slow_servers.SILENT_ADDRESS))
    refused(population, "self-test.*hints", "--root-hints", hints)


def without_privilege() -> list[str]:
    """Root may read everything, unless it is taken from it."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--"]


def test_unreadable(stage: Stage) -> None:
    """files without the permission to read: which one, and exit 3; lists exit 2"""
    path, names = file(stage, "secret", "one.example\n"), stage.population().names
    path.chmod(0)
    for code, words in (
        (3, ("scan", "--trust-anchor", path, names)),
        (3, ("scan", "--root-hints", path, names)),
        (3, ("version", "--trust-anchor", path)),
        (2, ("scan", "--config", path, names)),
        (2, ("scan", path)),
    ):
        run = Run(stage, [*without_privilege(), stage.program, *words])
        run.finish(code, LIMIT_SECONDS)
        lines = [line for line in run.err().splitlines() if "Permission denied" in line]
        demand(len(lines) == 1 and "secret" in lines[0], run.err())


def test_bad_values(stage: Stage) -> None:
    """values that an option cannot have: exit 2, the option is named"""
    population = stage.population()
    for option, value in (
        ("dns-timeout", "-1"),
        ("dns-timeout", "soon"),
        ("connect-timeout", "0"),
        ("probes", "0"),
        ("smtp-port", "70000"),
        ("resolvers", "0"),
        ("resolvers", "x"),
        ("ehlo", "not a name"),
        ("source", "localhost"),
        ("probe", "some"),
        ("resolver", "oracle"),
        ("per-address-interval", "nan"),
    ):
        refused(population, f"--{option}", f"--{option}", value, code=2)


def test_bad_values_of_scan(stage: Stage) -> None:
    """values that an option of scan cannot have"""
    population = stage.population()
    for option, value in (
        ("window", "0"),
        ("rate", "-5"),
        ("sample", "120%"),
        ("shard", "3/2"),
        ("format", "xml"),
        ("list-format", "pdf"),
        ("resume", "last"),
    ):
        words = (f"--{option}", value, population.names)
        run = population.lab.begin("scan", *words).finish(2, LIMIT_SECONDS)
        one_clear_line(run, f"--{option}")


def test_configuration(stage: Stage) -> None:
    """a configuration file that is missing, or says nonsense: exit 2"""
    population = stage.population()
    for path in (
        stage.folder / "missing.ini",
        file(stage, "unknown.ini", "colour = red\n"),
        file(stage, "value.ini", "probes = many\n"),
        file(stage, "junk.ini", "[[[\n"),
    ):
        refused(population, path.name, "--config", path, code=2)


def test_few_descriptors(stage: Stage) -> None:
    """few descriptors: the window is lowered, the same rows"""
    population, found = stage.population(), stage.fresh("few.ndjson")

    def few() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))

    words = (*population.pace(2), "-o", found, population.names)
    run = population.lab.begin("scan", *words, preexec_fn=few)
    run.finish()
    demand("window lowered" in run.err(), f"nothing is said: {run.err()}")
    population.compare(found)
