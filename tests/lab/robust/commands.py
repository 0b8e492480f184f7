"""check, explain, version and the help: exit codes and what a person sees."""

from __future__ import annotations

import json
import os
import pty
import re
from collections.abc import Callable

from program import Run, demand, one_clear_line
from stage import Population, Stage

COMMANDS = ("scan", "check", "explain", "db", "version")
COLUMNS = 80
ESCAPE = "\x1b"


def check(population: Population, *words: object, **options: object) -> Run:
    return population.lab.begin("check", *words, **options)


def test_check_codes(stage: Stage) -> None:
    """check: exit 0 where all are valid, 1 where one is not, or none"""
    population = stage.population()
    valid = population.all_of("valid")
    broken = population.one("broken")
    check(population, valid[0]).finish(0)
    check(population, *valid[:3]).finish(0)
    check(population, valid[0], broken).finish(1)
    check(population, broken, valid[0]).finish(1)
    for verdict_class in ("broken", "no-tlsa", "no-dnssec", "no-mail", "unusable"):
        run = check(population, population.one(verdict_class)).finish(1)
        demand(verdict_class in run.out(), f"no {verdict_class} in: {run.out()}")
        demand(run.err() == "", f"on standard error: {run.err()}")


def test_check_explains(stage: Stage) -> None:
    """check: the reason of each kind of broken domain is told"""
    population = stage.population()
    reasons = {v.reason: n for n, v in population.promised.items()
               if v.verdict_class == "broken"}  # fmt: skip
    for reason, name in reasons.items():
        out = check(population, name).finish(1).out()
        demand(name in out and reason in out, f"no {reason} in: {out}")


def test_check_keys(stage: Stage) -> None:
    """check: the kind of key that each address showed is told"""
    population = stage.population()
    out = check(population, population.one("valid")).finish(0).out()
    found = re.search(r"address +\S+ port 25: ok \((EC|RSA|Ed)", out)
    demand(found is not None, f"no kind of key in: {out}")


def test_check_json(stage: Stage) -> None:
    """check --json: a record for each domain, as the scan writes it"""
    population = stage.population()
    names = [population.one(c) for c in ("valid", "broken", "no-dnssec")]
    run = check(population, "--json", *names).finish(1)
    rows = {row["domain"]: row for row in map(json.loads, run.out().splitlines())}
    demand(sorted(rows) == sorted(names), f"records of {sorted(rows)}")
    for name, row in rows.items():
        verdict = population.promised[name]
        found = (row["class"], row["reason"] or "")
        demand(found == (verdict.verdict_class, verdict.reason), f"{name}: {found}")
    check(population, "--json", names[0]).finish(0)


def test_check_extras(stage: Stage) -> None:
    """check --extras: what was asked for is shown, and changes no exit code"""
    population = stage.population()
    name = population.one("valid")
    words = {
        "mta-sts": "MTA-STS", "tlsrpt": "TLSRPT", "ns": "served by", "ds": "DNSKEY",
        "denial": "A at _tcp", "ports": "TLSA at 587",
    }  # fmt: skip
    for extra, word in words.items():
        out = check(population, "--extras", extra, name).finish(0).out()
        shown = [other for other in words.values() if other in out]
        demand(shown == [word], f"--extras {extra} shows {shown}: {out}")
    out = check(population, "--extras", "all", name).finish(0).out()
    demand(all(word in out for word in words.values()), f"not all in: {out}")
    run = check(population, "--json", "--extras", "ns,ds", name).finish(0)
    extras = json.loads(run.out())["extras"]
    asked = [key for key, value in extras.items() if value is not None]
    demand(asked == ["ns", "ds"], f"asked for: {asked}")
    plain = json.loads(check(population, "--json", name).finish(0).out())
    demand(plain["extras"] is None, "further look-ups nobody asked for")
    run = check(population, "--extras", "tlsrtp", name).finish(2)
    one_clear_line(run, "did you mean tlsrpt")


def test_check_usage(stage: Stage) -> None:
    """check: a bad name, no name, an unknown option are exit 2"""
    population = stage.population()
    good = population.one("valid")
    for words, pattern in (
        (["a..example"], "a..example"),
        ([good, "x" * 64 + ".example"], "63 octets"),
        (["192.0.2.1"], "an address"),
        ([""], "empty"),
        ([], "DOMAIN"),
        (["--window", "5", good], "window"),
        (["--smtp-port", "0", good], "smtp-port"),
    ):
        one_clear_line(check(population, *words).finish(2), pattern)


def test_check_environment(stage: Stage) -> None:
    """check: a trust anchor that is not there is exit 3"""
    population = stage.population()
    words = ("--trust-anchor", stage.folder / "nowhere", population.one("valid"))
    one_clear_line(check(population, *words).finish(3), "nowhere")


def terminal_output(begin: Callable[[int], Run]) -> str:
    """What a run writes to a terminal."""
    ours, theirs = pty.openpty()
    try:
        begin(theirs).finish()
        os.set_blocking(ours, False)
        return os.read(ours, 1 << 20).decode()
    finally:
        os.close(ours)
        os.close(theirs)


def test_colour(stage: Stage) -> None:
    """check: colour on a terminal only, unless --color says otherwise"""
    population = stage.population()
    name = population.one("valid")

    def on_terminal(*words: str) -> str:
        return terminal_output(
            lambda terminal: check(population, *words, name, stdout=terminal)
        )

    demand(ESCAPE not in check(population, name).finish().out(), "colour in a file")
    run = check(population, "--color", "always", name).finish()
    demand(ESCAPE in run.out(), "no colour in a file with --color always")
    demand(ESCAPE in on_terminal(), "no colour on a terminal")
    demand(ESCAPE not in on_terminal("--color", "never"), "colour in spite of never")
    one_clear_line(check(population, "--color", "blue", name).finish(2), "color")


def test_explain(stage: Stage) -> None:
    """explain: each code of the population, all codes, an unknown one"""
    population = stage.population()
    for verdict in set(population.promised.values()):
        for code in filter(None, (verdict.verdict_class, verdict.reason)):
            run = stage.run("explain", code).finish()
            demand(run.out().startswith(code), f"{code}: {run.out()[:80]}")
    everything = stage.run("explain").finish().out()
    demand("dane-no-match (reason)" in everything, "dane-no-match is left out")
    demand(longest(everything) <= COLUMNS, "longer than 80 columns")
    one_clear_line(stage.run("explain", "no-such-code").finish(2), "no-such-code")
    run = stage.run("explain", "dane-no-mach").finish(2)
    one_clear_line(run, "dane-no-match")


def longest(text: str) -> int:
    return max(map(len, text.splitlines()))


def test_help(stage: Stage) -> None:
    """--help of each command: exit 0, on standard output, 80 columns"""
    for words in ([], *([command] for command in COMMANDS)):
        run = stage.run(*words, "--help").finish()
        demand(run.out().startswith("Usage: danescan"), run.out()[:80])
        demand(run.err() == "", f"on standard error: {run.err()}")
        demand(longest(run.out()) <= COLUMNS, f"{words}: {longest(run.out())} columns")


def test_usage(stage: Stage) -> None:
    """no command is the usage and exit 2; an unknown one or option one line"""
    run = stage.run().finish(2)
    demand(run.err().startswith("Usage: danescan") and not run.out(), run.err())
    one_clear_line(stage.run("scna").finish(2), "scan")
    one_clear_line(stage.run("--frob").finish(2), "--frob")
    for command in COMMANDS:
        one_clear_line(stage.run(command, "--frob").finish(2), "--frob")


def test_version(stage: Stage) -> None:
    """version: its own, the libraries', the key tags of the trust anchor"""
    population = stage.population()
    anchor = population.lab.anchor
    out = stage.run("version", "--trust-anchor", anchor).finish().out()
    for word in ("danescan", "schema", "libunbound", "OpenSSL", "trust anchor"):
        demand(word in out, f"no {word} in: {out}")
    demand(str(anchor) in out, f"no {anchor} in: {out}")
    run = stage.run("version", "--trust-anchor", stage.folder / "nowhere").finish(3)
    demand("nowhere: No such file" in run.err(), run.err())
