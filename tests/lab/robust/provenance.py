"""The summary: complete, documented, true, and silent about the host."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
from collections import Counter
from collections.abc import Iterator
from typing import Any

import cluster
from program import count_rows, demand
from stage import LAB_FOLDER, LIMITS, PACE, Stage

DOCUMENT = LAB_FOLDER.parents[1] / "docs" / "summary.md"
# Objects whose keys are data.
OPEN = {
    *("classes", "reasons", "options", "input.reject_reasons", "resolver.answers"),
    *("passes.classes_first", "passes.classes_final", "canary.intervals"),
}


def keys(value: Any, path: str = "") -> Iterator[str]:
    """Paths to all values; of lists, what is in them."""
    if path in OPEN:
        yield path
    elif isinstance(value, dict):
        for key, inner in value.items():
            key = "*" if path == "times_ms" else key
            yield from keys(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        yield from keys(value[0], f"{path}[]")
    else:
        yield path


def test_summary(stage: Stage) -> None:
    """with a database and a file: every key is documented, and the other way round"""
    population, database = stage.population(), cluster.shared(stage).database()
    path, rows = stage.fresh("summary"), stage.fresh("rows")
    words = ("-q", "--summary", path, "-o", rows)
    words += ("--retries", "0")
    # Not the lab's own --ehlo: the default is the host's name.
    population.lab.begin_raw(
        "scan", *population.lab.roots(), "--allow-reserved", *PACE, *LIMITS,
        *words, "--db", database.dsn, population.names,
    ).finish()  # fmt: skip
    text = path.read_text()
    summary = json.loads(text)
    found = set(keys(summary))
    cells = re.findall(r"^\| (`.*?) \|", DOCUMENT.read_text(), re.M)
    documented = set(re.findall(r"`([^`]+)`", " ".join(cells)))
    heads = {"times_ms", "database", "output"}
    demand(found == documented - heads, f"undocumented or gone: {found ^ documented}")
    facts = [json.loads(line) for line in rows.read_text().splitlines()]
    classes = {name: n for name, n in summary["classes"].items() if n}
    demand(classes == Counter(fact["class"] for fact in facts), f"{classes}")
    reasons = Counter(fact["reason"] for fact in facts if fact["reason"])
    demand(summary["reasons"] == reasons, f"{summary['reasons']}, not {reasons}")
    for sink in ("database", "output"):
        demand(summary[sink]["committed"] == population.total, f"{summary[sink]}")
    server = database.sql("show server_version").split()[0]
    demand(summary["versions"]["postgresql"] == server, f"{summary['versions']}")
    demand(summary["trust_anchor"]["key_tags"], "no key tags")
    demand(summary["resolver"]["processes"] > 0, "no resolver process")
    host = socket.gethostname()
    demand(host not in text or host in str(path), "the host's name is told")
    demand(summary["options"]["ehlo"] is None, "the host's name is told as --ehlo")


def test_interrupted(stage: Stage) -> None:
    """of an interrupted scan: the state is told, and a list that was not read"""
    population = stage.population()
    path, rows = stage.fresh("summary"), stage.fresh("rows")
    out, into = os.pipe()
    try:
        os.write(into, f"{population.one('valid')}\n".encode())
        options = ("-q", "--summary", path, "-o", rows)
        run = population.lab.begin("scan", *options, stdin=out)
        run.await_("a row is there", lambda: count_rows(rows) > 0)
        run.signal(signal.SIGINT)
        run.finish(4)
    finally:
        os.close(into)
        os.close(out)
    summary = json.loads(path.read_text())
    demand(summary["state"] == "interrupted", summary["state"])
    demand(summary["work"]["committed"] == count_rows(rows), f"{summary['work']}")
    (source,) = summary["input"]["lists"]
    demand(source["sha256"] is None, f"not read to its end, and has {source}")
