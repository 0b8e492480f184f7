"""A blocklist: who is in it is left alone, and a new one holds at once."""

from __future__ import annotations

import json
import signal
from pathlib import Path

from program import Run, count_rows, demand, one_clear_line
from stage import Lab, Stage

LISTED = ("indeterminate", "blocklisted")
# Domains of the cases: two with a server of their own, whose DANE is in order.
PAIR = ("a01.example", "a02.example")
SECONDS = 20


def scan(lab: Lab, names: Path, found: Path, *words: object) -> Run:
    return lab.begin("scan", "-q", "--order", "list", "-o", found, *words, names)


def rows_of(found: Path) -> dict[str, dict]:
    rows = map(json.loads, found.read_text().splitlines())
    return {row["domain"]: row for row in rows}


def verdict(row: dict) -> tuple[str, str]:
    return row["class"], row["reason"]


def scan_pair(stage: Stage, *entries: str) -> dict[str, dict]:
    found, names = stage.fresh("pair.ndjson"), stage.fresh("pair.list")
    listed = stage.fresh("blocklist")
    names.write_text("".join(f"{name}\n" for name in PAIR))
    listed.write_text("".join(f"{entry}\n" for entry in ("# who asked", *entries)))
    scan(stage.cases(), names, found, "--blocklist", listed).finish()
    return rows_of(found)


def test_left_alone(stage: Stage) -> None:
    """a listed domain, host, address or block: its row says so, the other's not"""
    free = scan_pair(stage)
    one, other = (free[name] for name in PAIR)
    host = one["hosts"][0]
    demand(host["endpoints"], f"nobody to talk to: {one}")
    for row in (one, other):
        demand(row["reason"] != "blocklisted", f"listed by nobody: {row}")
    addresses = [endpoint["address"] for endpoint in host["endpoints"]]
    blocks = [f"{a}/{128 if ':' in a else 32}" for a in addresses]
    for entries in ([PAIR[0]], [host["host"]], addresses, blocks):
        found = scan_pair(stage, *entries)
        row = found[PAIR[0]]
        demand(verdict(row) == LISTED, f"{entries}: {row}")
        demand(verdict(found[PAIR[1]]) == verdict(other), f"{entries}: {found}")
        asked = row["mx"]["status"] != "skipped"
        demand(asked == (entries != [PAIR[0]]), f"{entries}: asked: {asked}")
        looked_up = [host["a"]["status"] != "skipped" for host in row["hosts"]]
        demand(any(looked_up) == (entries in (addresses, blocks)), f"{entries}: {row}")
    found = scan_pair(stage, addresses[0])[PAIR[0]]
    demand(verdict(found) == verdict(one), f"one of two addresses listed: {found}")
    demand("only-one-family" not in found["flags"], f"whose family? {found}")


def test_read_again(stage: Stage) -> None:
    """SIGHUP in mid-scan: the new list holds for all that comes after"""
    population, found = stage.population(), stage.fresh("again.ndjson")
    listed = stage.fresh("blocklist")
    listed.write_text("# nobody yet\n")
    run = scan(
        population.lab,
        population.names,
        found,
        *("--blocklist", listed, "--window", 10, *population.pace(SECONDS)),
    )
    run.await_("some rows", lambda: count_rows(found) >= 20)
    names = population.names.read_text().split()
    listed.write_text("\n".join(sorted({name.split(".")[-1] for name in names})))
    run.signal(signal.SIGHUP)
    run.await_("it is read again", lambda: "read again" in run.err())
    # So many were taken up by then, at the most.
    before = count_rows(found) + 10
    run.finish()
    verdicts = {name: verdict(row) for name, row in rows_of(found).items()}
    demand(set(verdicts) == set(names), "not every name has its row")
    free = [name for name in names if verdicts[name] != LISTED]
    late = [name for name in names[before + 10 :] if verdicts[name] != LISTED]
    demand(len(free) >= 10, "all were listed from the start")
    demand(len(names) > before + 20, "the scan was over before the signal")
    demand(not late, f"contacted in spite of it: {late[:5]}")


def test_bad_again(stage: Stage) -> None:
    """SIGHUP: bad lines are told, and a file that is gone changes nothing"""
    population, found = stage.population(), stage.fresh("bad.ndjson")
    listed = stage.fresh("blocklist")
    listed.write_text("example\n")
    words = ("--blocklist", listed, "--window", 10, *population.pace(SECONDS))
    run = scan(population.lab, population.names, found, *words)
    run.await_("some rows", lambda: count_rows(found) >= 5)
    listed.write_text("a.example\n192.0.2.1/24\nb..example\n198.51.100.0/24\n")
    run.signal(signal.SIGHUP)
    run.await_("it is read again", lambda: "read again" in run.err())
    for words in ("line 2: address bits", "line 3: ", "1 names, 1 ranges", "2 bad"):
        demand(words in run.err(), f"no '{words}' in: {run.err()}")
    listed.unlink()
    run.signal(signal.SIGHUP)
    run.await_("that it is gone is told", lambda: "stays as it was" in run.err())
    run.finish()


def test_bad_from_the_start(stage: Stage) -> None:
    """a bad line or no file: exit 2 before anything is asked"""
    listed = stage.fresh("blocklist")
    listed.write_text("# fine\na.example\nb c.example\n")
    names = stage.fresh("names.list")
    names.write_text("a.example\n")
    for path, pattern in ((listed, "line 3"), (listed.parent / "none", "none")):
        run = stage.run("scan", "--blocklist", path, names).finish(2)
        one_clear_line(run, pattern)
    one_clear_line(stage.run("scan", "--blocklist", "-", names).finish(2), "SIGHUP")


def test_name_servers(stage: Stage) -> None:
    """no direct question to a name server whose address or name is listed"""

    def server(*entries: str) -> dict:
        found, names = stage.fresh("servers.ndjson"), stage.fresh("servers.list")
        listed = stage.fresh("blocklist")
        names.write_text("b21.example\n")
        listed.write_text("".join(f"{entry}\n" for entry in entries))
        scan(stage.cases(), names, found, "--blocklist", listed).finish()
        servers = rows_of(found)["b21.example"]["hosts"][0]["servers"]
        return servers[0] if servers else {}

    free = server()
    demand(free.get("outcome") == "refused", f"what it says when asked: {free}")
    outcome = server(free["address"]).get("outcome")
    demand(outcome != "refused", f"its address is listed: {outcome}")
    demand(not server(free["name"]), "its name is listed, and it was looked up")
