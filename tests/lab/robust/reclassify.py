"""The verdicts of a stored scan, derived again from its facts."""

from __future__ import annotations

import hashlib

from cluster import Database, scan_into, shared
from interruption import under_way
from program import Run, demand
from stage import Stage

TABLES = ("domain_obs", "mx_obs", "host_obs", "endpoint_obs", "tlsa_obs")
NOTHING = "nothing changed"
# Whatever a scan finds under limits as short as these, it is classified as it was.
SHORT = (
    *("--dns-timeout", 20, "--connect-timeout", 1),
    *("--smtp-timeout", 1, "--session-timeout", 4),
)
NO_MATCH = "broken/dane-no-match"
EXTRAS = "mta-sts,tlsrpt,ns,ds,denial,ports"


def populated(stage: Stage) -> Database:
    """A scan of the population, for one test alone."""
    database = shared(stage).database()
    scan_into(stage.population(), database, "-q").finish()
    return database


def reclassify(stage: Stage, database: Database, *words: object) -> Run:
    scan = ("--scan", database.scan())
    return stage.run("reclassify", "--db", database.dsn, *scan, *words)


def contents(database: Database) -> dict[str, str]:
    """A digest of each table of observations."""

    def digest(table: str) -> str:
        text = database.sql(f"select t from dane.{table} t order by t::text")
        return hashlib.sha256(text.encode()).hexdigest()

    return {table: digest(table) for table in TABLES}


def demand_nothing(stage: Stage, database: Database) -> None:
    before = contents(database)
    run = reclassify(stage, database)
    run.finish()
    demand(NOTHING in run.err() and run.out() == "", run.out() + run.err())
    demand(contents(database) == before, "rows have changed")
    kept = database.sql("select count(*) from dane.reclassified").strip()
    demand(kept == "0", f"{kept} verdicts are kept that nobody replaced")


def test_population(stage: Stage) -> None:
    """reclassify: nothing changes in a scan of the population"""
    demand_nothing(stage, populated(stage))


def test_cases(stage: Stage) -> None:
    """reclassify: nor in one of all cases of the laboratory, with all extras"""
    lab, database = stage.cases(), shared(stage).database()
    options = ("-q", *SHORT, "--resolvers", 1, "--window", 5000)
    words = ("--extras", EXTRAS, "--probe", "all", "--db", database.dsn)
    lab.begin("scan", *options, *words, lab.names).finish()
    demand(database.count() > 100, f"{database.count()} domains")
    demand_nothing(stage, database)


def test_resumed(stage: Stage) -> None:
    """reclassify: nor where hosts were examined in several runs"""
    population, database = stage.population(), shared(stage).database()
    under_way(population, database).kill()
    words = ("-q", "--resume", database.scan())
    scan_into(population, database, *words).finish()
    runs = database.sql("select count(distinct run) from dane.host_obs").strip()
    demand(runs == "2", f"hosts of {runs} runs")
    demand_nothing(stage, database)


def test_other_rules(stage: Stage) -> None:
    """reclassify: a verdict of other rules is replaced, and kept"""
    database, name = populated(stage), stage.population().one("valid")
    before = contents(database)
    database.sql(
        "update dane.domain_obs set class = 'broken', reason = 'dane-no-match', "
        f"severity = 'outage' where domain = '{name}'"
    )
    changed = contents(database)
    dry = reclassify(stage, database, "--dry-run")
    dry.finish()
    demand(contents(database) == changed, "a dry run has changed rows")
    run = reclassify(stage, database)
    run.finish()
    first, _, total = run.out().splitlines()
    demand(first == f"{name}: {NO_MATCH} -> valid", first)
    demand(total.split() == ["1", "broken", "->", "valid"], total)
    demand("1 domain and 0 hosts" in run.err(), run.err())
    demand(run.out() == dry.out(), dry.out())
    demand(contents(database) == before, "not all is as it was")
    kept = database.sql(
        "select domain, class, reason, verdict ->> 'severity', "
        "jsonb_array_length(verdict -> 'hosts') > 0 from dane.reclassified"
    )
    demand(kept == f"{name}\tbroken\tdane-no-match\toutage\tt\n", kept)
    again = reclassify(stage, database)
    again.finish()
    demand(NOTHING in again.err() and again.out() == "", again.err())


def test_other_facts(stage: Stage) -> None:
    """reclassify: another fact of one host, and its domains alone change"""
    database = populated(stage)
    before = contents(database)
    host = database.sql(
        "select h.host from dane.host_obs h join dane.tlsa_obs t using (host) "
        "join dane.mx_obs m using (host) where h.class = 'valid' and t.match "
        "and t.usage = 3 and (select count(*) from dane.tlsa_obs o "
        "where o.host = h.host) = 1 group by 1 order by count(*) desc, 1 limit 1"
    ).strip()
    of_host = f"from dane.mx_obs where host = '{host}'"
    domains = set(database.sql(f"select distinct domain {of_host}").split())
    demand(len(domains) > 0, "no host is valid")
    turn = f"update dane.tlsa_obs set data = %s where host = '{host}'"
    data = database.sql(f"select data from dane.tlsa_obs where host = '{host}'").strip()
    database.sql(turn % "sha256(data)")
    run = reclassify(stage, database)
    run.finish()
    lines = run.out().partition("\n\n")[0].splitlines()
    named = {line.partition(":")[0] for line in lines}
    demand(named == domains, f"{named ^ domains} differ")
    demand("and 1 host changed" in run.err(), run.err())
    found = database.sql(
        "select h.class, h.reason, e.class, t.match from dane.host_obs h "
        "join dane.endpoint_obs e using (host) join dane.tlsa_obs t using (host) "
        f"where host = '{host}' group by 1, 2, 3, 4"
    )
    demand(found == "broken\tdane-no-match\tfail\tf\n", found)
    kept = database.sql(
        "select class, verdict #>> '{records,0,match}', "
        "verdict #>> '{endpoints,0,class}' "
        f"from dane.reclassified where host = '{host}'"
    )
    demand(kept == "valid\ttrue\tok\n", kept)
    stale = database.sql(
        "select domain from dane.history h join dane.domain_results d "
        "using (domain) where h.to_scan is null and d.class <> 'indeterminate' "
        "and (h.class, h.reason) is distinct from (d.class, d.reason)"
    )
    demand(stale == "", f"the record has other verdicts of {stale.split()}")
    database.sql(turn % f"'{data}'")
    reclassify(stage, database).finish()
    demand(contents(database) == before, "not all is as it was")


def test_changed_rule(stage: Stage) -> None:
    """reclassify: another rule, and exactly the domains it is about differ"""
    database = populated(stage)
    before = contents(database)
    partial = dict(
        line.split("\t")
        for line in database.sql(
            "select domain, concat_ws('/', class, reason) from dane.domain_results "
            "where class = 'partial'"
        ).splitlines()
    )
    demand(len(partial) > 0, "no domain is partial")
    program = stage.build / "tests/lab/other-rules/danescan"
    words = ("reclassify", "--db", database.dsn, "--scan", database.scan())
    run = Run(stage, [program, *words])
    run.finish()
    lines = set(run.out().partition("\n\n")[0].splitlines())
    expected = {
        f"{name}: {was} -> {was.replace('partial', 'no-tlsa')}"
        for name, was in partial.items()
    }
    demand(lines == expected, f"{lines ^ expected}")
    demand(f"{len(partial)} domain" in run.err(), run.err())
    demand("and 0 hosts changed" in run.err(), run.err())
    changed = contents(database)
    same = [table for table in TABLES if changed[table] == before[table]]
    demand(same == list(TABLES[1:]), f"only {same} are the same")
    kept = database.sql(
        "select domain, concat_ws('/', class, reason), "
        "replaced_by - classifier from dane.reclassified"
    )
    wanted = {f"{name}\t{was}\t1000" for name, was in partial.items()}
    demand(set(kept.splitlines()) == wanted, kept)
    record = database.sql(
        "select domain from dane.history where to_scan is null and class = 'no-tlsa'"
    )
    demand(set(partial) <= set(record.split()), "the record has the old verdicts")
    reclassify(stage, database).finish()
    demand(contents(database) == before, "not all is as it was")


def test_trouble(stage: Stage) -> None:
    """reclassify: what is not there, not over, or not stored in full"""
    database = populated(stage)
    words = ("reclassify", "--db", database.dsn)
    stage.run(*words).finish(2)
    stage.run("reclassify", "--scan", "1").finish(2)
    refusals = {
        "there is no scan 4711": ("4711", ""),
        "is running": (database.scan(), "state = 'running'"),
        "are gone": (database.scan(), "state = 'complete', pruned = now()"),
        "lacks facts": (database.scan(), "pruned = null, classifier = null"),
    }
    for said, (scan, change) in refusals.items():
        if change:
            database.sql(f"update dane.scan set {change}")
        run = stage.run(*words, "--scan", scan)
        run.finish(3)
        demand(said in run.err() and run.err().count("\n") == 1, run.err())
