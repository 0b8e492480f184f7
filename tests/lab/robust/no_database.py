"""A database that cannot be used: exit 3, one clear line, nothing else."""

from __future__ import annotations

import cluster
from program import count_rows, demand, one_clear_line
from stage import Stage

LIMIT_SECONDS = 240


def refused(
    stage: Stage, dsn: str, pattern: str, *words: object, code: int = 3
) -> None:
    population = stage.population()
    names = stage.fresh("refused.list")
    names.write_text(population.one("valid") + "\n")
    run = population.lab.begin("scan", "--db", dsn, *words, names)
    run.finish(code, LIMIT_SECONDS)
    one_clear_line(run, pattern)


def test_absent(stage: Stage) -> None:
    """no server: no socket, nothing at the port, an address that is no server's"""
    refused(stage, f"host={stage.folder}/nowhere dbname=x", "No such file")
    refused(stage, "host=127.0.0.1 port=1 dbname=x", "refused")
    refused(stage, "postgresql://127.0.0.1:1/x", "refused")
    refused(stage, "host=no-such-host.invalid dbname=x", "no-such-host.invalid")


def test_wrong_string(stage: Stage) -> None:
    """a connection string that names what is not there, or is none at all (exit 2)"""
    dsn = cluster.shared(stage).dsn
    refused(stage, "colour=green", "connection string", code=2)
    refused(stage, "postgresql://[::1", "connection string", code=2)
    refused(stage, f"{dsn} dbname=nonesuch", "nonesuch")
    refused(stage, f"{dsn} user=nobody-of-this-name", "nobody-of-this-name")


def test_no_schema(stage: Stage) -> None:
    """a database without the schema: the command that makes it is told"""
    database = cluster.shared(stage).empty_database()
    refused(stage, database.dsn, "danescan db init")
    demand(database.sql("select to_regnamespace('dane')").strip() == "", "made one")


def test_newer_schema(stage: Stage) -> None:
    """a schema newer than the program"""
    database = cluster.shared(stage).database()
    database.sql(
        "insert into dane.migration select max(version) + 1, 'later', 'later' "
        "from dane.migration"
    )
    refused(stage, database.dsn, "newer")


def test_nothing_is_scanned(stage: Stage) -> None:
    """with --db and -o both, a database that is absent leaves no rows"""
    found = stage.fresh("absent.ndjson")
    refused(stage, f"host={stage.folder}/nowhere", "No such file", "-o", found)
    demand(count_rows(found) == 0, "there are rows")


def test_db_commands(stage: Stage) -> None:
    """db init, upgrade and status without a server, and status without a schema"""
    for word in ("init", "upgrade", "status"):
        run = stage.run("db", word, "--db", f"host={stage.folder}/nowhere dbname=x")
        one_clear_line(run.finish(3, LIMIT_SECONDS), "No such file")
    database = cluster.shared(stage).empty_database()
    run = stage.run("db", "status", "--db", database.dsn)
    one_clear_line(run.finish(3, LIMIT_SECONDS), "danescan db init")
