"""A scan by several machines at once."""

from __future__ import annotations

import itertools
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import cluster
import members
from cluster import Database
from contacts import faults, read
from machines import machine
from members import DANGLING, HOSTS_TWICE
from program import Run, demand
from stage import LAB_FOLDER, Lab, Population, Stage

MACHINES = 3
SECONDS = 20  # at least
# From an even share, for one comes first; and no chunk is divided.
UNEVEN = 0.1
LARGEST = "select max(size) from dane.chunk"
MACHINE_NAME = ".example"  # … after its number, in EHLO
PER_NETWORK = 4  # of each machine
INTERVAL = 1.0
# Conversations with each address, as they are stored.
CONVERSATIONS = """select address, sum(bit_count(attempts::integer::bit(8)))
from dane.endpoint_obs where attempts > 0 group by address"""
SHARES = "select run, domains from dane.members order by run"


def internet(stage: Stage) -> Population:
    """Mail servers that note each contact."""
    folder = stage.folder / "internet"

    def populate() -> None:
        command = [LAB_FOLDER / "population.py", "--kind", "internet"]
        Run(stage, [*command, f"--domains={stage.domains}", folder]).finish()

    return stage.inhabit("internet", populate)


def options(lab: Lab, number: int) -> list[object]:
    """What tells one machine from another, and what is as it is by default."""
    own = [*lab.roots(), "--allow-reserved", "-q"]
    return [*own, "--ehlo", f"m{number}{MACHINE_NAME}", "--resolvers", 1]


def rate(population: Population) -> tuple[str, str]:
    return "--rate", f"{population.total / SECONDS / MACHINES:.3f}"


def scan(lab: Lab, population: Population, database: Database) -> Run:
    words = [*options(lab, 1), *rate(population), "--db", database.dsn]
    words += ["--connect-timeout", 20, "--smtp-timeout", 20, "--retries", 0]
    return lab.begin_raw("scan", *words, population.names)


def work(lab: Lab, number: int, population: Population, database: Database) -> Run:
    words = [*options(lab, number), *rate(population), "--db", database.dsn]
    return lab.begin_raw("worker", *words, "--wait")


def contacts_since(lab: Lab, before: int) -> Iterator[str]:
    """Why the mail servers would complain of the machines together."""
    found = list(itertools.islice(read(lab.contacts), before, None))
    yield from faults(found, INTERVAL, MACHINES * PER_NETWORK)
    by = defaultdict(list)
    for contact in found:
        if contact.ehlo.endswith(MACHINE_NAME):
            by[contact.ehlo].append(contact)
    demand(len(by) == MACHINES, f"contacts by {sorted(by)}")
    for ehlo, several in by.items():
        yield from (f"{ehlo}: {f}" for f in faults(several, INTERVAL, PER_NETWORK))


def each_once(lab: Lab, before: int, database: Database) -> Iterator[str]:
    """Every conversation that a mail server had is in the evidence of a host, of
    which there is one: nobody was asked twice."""
    seen = Counter(c.address for c in itertools.islice(read(lab.contacts), before, None))
    demand(seen, "nobody was contacted")
    rows = (line.split("\t") for line in database.sql(CONVERSATIONS).splitlines())
    stored = {address: int(count) for address, count in rows}
    for address, count in seen.items():
        if count != stored.get(address, 0):
            yield f"{address}: {count} connections, {stored.get(address, 0)} stored"


def spread(database: Database, total: int) -> Iterator[str]:
    rows = [line.split("\t") for line in database.sql(SHARES).splitlines()]
    demand(len(rows) == MACHINES, f"{len(rows)} members")
    slack = UNEVEN + int(database.sql(LARGEST)) / total
    for run, domains in rows:
        if abs(int(domains) / total - 1 / MACHINES) > slack:
            yield f"run {run} has {domains} of {total} domains"


def lines(path: Path) -> int:
    return sum(1 for _ in path.open(encoding="ascii"))


def is_program(run: Run) -> bool:
    """And no more what starts it."""
    return Path(f"/proc/{run.pid}/exe").resolve() == run.stage.program


def nobody_waits(runs: list[Run], stage: Stage, database: Database) -> None:
    """With --wait a worker goes when it is told."""
    stage.await_("it is complete", lambda: database.state() == "complete")
    for run in runs:
        run.process.terminate()
    for run in runs:
        demand(run.process.wait(stage.limit) in (0, 4, -15), run.err())


def test_three_machines(stage: Stage) -> None:
    """three machines, one database: each host probed once, the work spread"""
    population, database = internet(stage), cluster.shared(stage).database()
    lab = population.lab
    database.sql(members.SMALL)
    machines = [machine(lab, number) for number in range(1, MACHINES + 1)]
    before = lines(lab.contacts)
    others = list(enumerate(machines[1:], 2))
    workers = [work(m, number, population, database) for number, m in others]
    stage.await_("the workers run", lambda: all(map(is_program, workers)))
    scan(machines[0], population, database).finish()
    nobody_waits(workers, stage, database)
    database.compare(population)
    for query in (DANGLING, HOSTS_TWICE):
        demand(database.sql(query).strip() == "0", query)
    wrong = [*each_once(lab, before, database), *contacts_since(lab, before)]
    wrong += spread(database, population.total)
    demand(not wrong, "\n".join(wrong[:10]))


OPT_OUT = "select dane.opt_out('{}')"
LISTED = """select domain || ' ' || coalesce(reason, '') from dane.domain_results
where domain = '{}'"""


def test_opt_out(stage: Stage) -> None:
    """who opts out while a scan runs is left alone by all its members"""
    population, database = stage.population(), cluster.shared(stage).database()
    fleet = members.Fleet(population, database, 1, 20)
    # The last of the list come last, for there is one block and one order.
    cluster.await_rows(fleet.scan, database, 20)
    chunk = """select n ->> 1 from dane.chunk c, json_array_elements(c.names) n
    where holder is null order by chunk desc limit 1"""
    name = database.sql(chunk).strip()
    demand(name, "no chunk is left")
    database.sql(OPT_OUT.format(name))
    fleet.end()
    found = database.sql(LISTED.format(name)).strip()
    demand(found == f"{name} blocklisted", found)
    demand(database.count() == population.total, "rows are missing")


def test_orphans(stage: Stage) -> None:
    """the list breaks off with its scanner: workers end, and --resume loads the rest"""
    population, database = stage.population(), cluster.shared(stage).database()
    database.sql(members.LEASE)
    names = population.names.read_text().splitlines()
    words = ("--db", database.dsn, "-q", "--resolvers", 1, "-")
    scanner = population.lab.begin("scan", *words, stdin=subprocess.PIPE)
    demand(scanner.process.stdin, "no pipe")
    scanner.process.stdin.write("\n".join(names[:100]).encode() + b"\n")
    scanner.process.stdin.flush()
    loaded = "select coalesce(sum(size), 0) from dane.chunk"
    scanner.await_("a part is loaded", lambda: database.sql(loaded).strip() == "100")
    worker = members.worker(population, database, "--resolvers", 1)
    joined = "select count(*) from dane.members where command = 'worker'"
    worker.await_("a worker is there", lambda: database.sql(joined).strip() == "1")
    scanner.kill()
    worker.finish()
    demand("resumed" in worker.err() or database.count() == 100, worker.err())
    demand(database.count() == 100, f"{database.count()} rows")
    demand(database.state() == "interrupted", database.state())
    words = ("-q", "--resume", database.scan())
    cluster.scan_into(population, database, *words).finish()
    database.compare(population)
