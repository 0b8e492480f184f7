"""A survey: every mail server is contacted, and no class changes by it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import invariance
from invariance import all_names, fickle
from program import demand
from stage import Stage

UNTOUCHED = {"no-dnssec", "no-tlsa"}


def scan(stage: Stage, name: str, *words: object) -> dict[str, Any]:
    words = ("--resolvers", 1, "--window", 5000, *words)
    return invariance.scan(stage, name, all_names(stage), *words)


def verdict(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[k] for k in ("class", "reason", "reasons", "severity"))


def endpoints(row: dict[str, Any]) -> list[dict[str, Any]]:
    return [e for host in row["hosts"] for e in host["endpoints"]]


def has_address(host: dict[str, Any]) -> bool:
    lookups = (host["a"], host["aaaa"])
    return any(x["status"] == "data" and x["trust"] != "bogus" for x in lookups)


def test_survey(stage: Stage) -> None:
    """--probe all: facts of every host, the verdicts as without"""
    usual, survey = scan(stage, "usual"), scan(stage, "survey", "--probe", "all")
    demand(usual.keys() == survey.keys(), f"{len(usual)} domains, {len(survey)}")
    same = survey.keys() - fickle()
    wrong = [
        f"{name}: {verdict(usual[name])}, with --probe all {verdict(row)}"
        for name, row in survey.items()
        if name in same and verdict(row) != verdict(usual[name])
    ]
    demand(not wrong, "\n".join(wrong))
    untouched = [row for row in survey.values() if row["class"] in UNTOUCHED]
    for row in untouched:
        for host in row["hosts"]:
            fine = bool(host["endpoints"]) == has_address(host)
            demand(fine, f"{row['domain']}: endpoints of {host}")
    seen = [e for row in untouched for e in endpoints(row)]
    with_tls = [e for e in seen if e["tls"]]
    demand(len(with_tls) > 20, f"{len(with_tls)} of {len(seen)} have TLS")
    for row in survey.values():
        for endpoint in endpoints(row):
            judged = endpoint["pkix"] is not None
            demand(judged == bool(endpoint["tls"]), f"{row['domain']}: {endpoint}")


def test_without_issuers(stage: Stage) -> None:
    """--ca-file that is not there: said once, nothing else changes"""
    population = stage.population()
    found = stage.fresh("found.ndjson")
    nowhere = Path("/nowhere/issuers.pem")
    name = population.one("valid")
    names = stage.fresh("names")
    names.write_text(f"{name}\n")
    words = ("--ca-file", nowhere, "-o", found, names)
    run = population.lab.begin("check", "--ca-file", nowhere, "--json", name).finish()
    demand(run.err().count("\n") == 1, f"on standard error: {run.err()}")
    demand(str(nowhere) in run.err(), f"on standard error: {run.err()}")
    row = json.loads(run.out())
    demand(row["class"] == "valid", f"class {row['class']}")
    demand(all(e["pkix"] is None for e in endpoints(row)), "pkix without issuers")
    run = population.lab.begin("scan", "-q", *words).finish()
    demand(run.err() == "", f"with -q: {run.err()}")


def test_check_tells(stage: Stage) -> None:
    """check: one line an address about its issuer"""
    population = stage.population()
    out = population.lab.begin("check", population.one("valid")).finish().out()
    demand("PKIX" in out, f"no line in: {out}")
    demand(out.count("PKIX  ") == out.count("TLSv1"), f"lines in: {out}")
