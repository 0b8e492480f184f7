"""The unit of periodic use: danescan-publish, from a list to a published site."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import cluster
from program import Run, demand, descendants
from stage import LAB_FOLDER, PACE, Stage

REPOSITORY = LAB_FOLDER.parents[1]
DOMAINS = 150
SECONDS = 4
LONG_SECONDS = 20  # for what is to happen before its end
BUSY, INTERRUPTED, ENVIRONMENT, CONFIGURATION = 5, 4, 3, 2
# Of systemd-analyze security, in tenths; its own word for it is "OK".
EXPOSURE_MAX = 20


def populate(folder: Path) -> None:
    """Nobody in it is slow."""
    command = [LAB_FOLDER / "population.py", "--kind", "bench"]
    subprocess.run([*command, "--domains", str(DOMAINS), folder], check=True)


def installed(stage: Stage) -> Path:
    """What `make install` made, with units that name the programs there."""

    def install() -> Path:
        prefix = stage.folder / "installed"
        build = os.path.relpath(stage.build, REPOSITORY)
        command = ["make", "-s", "install", f"BUILD={build}", f"PREFIX={prefix}"]
        environment = {k: v for k, v in os.environ.items() if "MAKE" not in k}
        Run(stage, command, cwd=REPOSITORY, env=environment).finish()
        return prefix

    return stage.once("installed", install)


class Publisher:
    """One user of the unit: a database, a configuration, a site."""

    def __init__(self, stage: Stage, seconds: float = SECONDS) -> None:
        self.stage = stage
        self.seconds = seconds
        self.population = stage.inhabit(
            "published", lambda: populate(stage.folder / "published")
        )
        self.database = cluster.shared(stage).database()
        self.state = stage.fresh("state")
        self.site = self.state / "site"
        self.config = stage.fresh("publish.conf")
        self.config.write_text("".join(f'{k}="{v}"\n' for k, v in self.lines()))

    def lines(self) -> list[tuple[str, object]]:
        lab = self.population.lab
        _, rate = self.population.pace(self.seconds)
        own = {"root-hints": lab.hints, "trust-anchor": lab.anchor, "rate": rate}
        own |= {"allow-reserved": "yes", "ehlo": "scanner.example"}
        own |= dict(zip([word[2:] for word in PACE[::2]], PACE[1::2]))
        options = [(f"DANESCAN_{k.replace('-', '_').upper()}", v) for k, v in own.items()]
        return [
            ("PUBLISH_LIST", self.population.names),
            ("PUBLISH_DB", self.database.dsn),
            ("PUBLISH_STATE", self.state),
            *options,
        ]

    def begin(self, *lines: str) -> Run:
        """A run with further lines in its configuration."""
        if lines:
            config = self.stage.fresh("publish.conf")
            config.write_text(self.config.read_text() + "\n".join(lines) + "\n")
        else:
            config = self.config
        programs = installed(self.stage) / "bin"
        environment = dict(os.environ, PATH=f"{programs}:{os.environ['PATH']}")
        command = [*self.population.lab.enter, programs / "danescan-publish", config]
        return Run(self.stage, command, cleans_up=True, env=environment)

    def begin_and_wait(self, *lines: str) -> Run:
        """Until a part of the scan is committed."""
        run = self.begin(*lines)
        cluster.await_rows(run, self.database, self.database.count() + 0.1 * DOMAINS)
        return run

    def states(self) -> list[str]:
        sql = "select state from dane.scans order by scan_id"
        return self.database.sql(sql).split()

    def published(self) -> Path:
        """The site that the link leads to; it has to be whole."""
        site = self.site.resolve(strict=True)
        demand(site.parent == self.state / "sites", f"the site is {site}")
        demand((site / "index.html").stat().st_size > 0, "no first page")
        mode = (site / "index.html").stat().st_mode & 0o777
        demand(mode == 0o644, f"the mode of the first page is {mode:o}")
        return site

    def sites(self) -> list[str]:
        return sorted(path.name for path in (self.state / "sites").iterdir())


def scanner_of(run: Run) -> int:
    """The process of the scan itself: the first of its name."""
    for pid in descendants(run.pid):
        if Path(f"/proc/{pid}/exe").resolve().name == "danescan":
            return pid
    raise AssertionError("no scan is under way")


def test_interrupted(stage: Stage) -> None:
    """SIGTERM: exit 4, and the next run goes on; a run beside it says so and ends"""
    publisher = Publisher(stage, LONG_SECONDS)
    run = publisher.begin_and_wait()
    publisher.begin().finish(BUSY)
    run.signal(signal.SIGTERM)
    run.finish(INTERRUPTED)
    demand(publisher.states() == ["interrupted"], f"states {publisher.states()}")
    demand(not publisher.site.exists(), "a site of half a scan")
    # What is in the list now is the matter of the next scan.
    changed = stage.fresh("changed.list")
    changed.write_text("elsewhere.example\n")
    publisher.begin(f"PUBLISH_LIST={changed}").finish()
    publisher.database.compare(publisher.population)
    publisher.published()


def test_killed(stage: Stage) -> None:
    """the scanner is killed: its scan is gone on with in the same run"""
    publisher = Publisher(stage, LONG_SECONDS)
    run = publisher.begin_and_wait()
    os.kill(scanner_of(run), signal.SIGKILL)
    run.finish()
    publisher.database.compare(publisher.population)
    publisher.published()


def test_site_stays(stage: Stage) -> None:
    """a report, a list or a database that fails leaves the site as it was"""
    publisher = Publisher(stage)
    publisher.begin().finish()
    first = publisher.published()
    before = tree(first)
    for code, line in (
        (ENVIRONMENT, "PUBLISH_REPORT=--no-such-option"),
        (ENVIRONMENT, "PUBLISH_DB='host=/nowhere dbname=none'"),
    ):
        publisher.begin(line).finish(code)
        demand(publisher.published() == first, f"{line}: another site")
        demand(tree(first) == before, f"{line}: the site is not what it was")
    demand(publisher.states() == ["complete"] * 2, f"states {publisher.states()}")
    publisher.begin().finish()
    demand(publisher.states() == ["complete"] * 2, "a scan that was not needed")
    demand(publisher.published() != first, "the second scan is not published")
    publisher.begin("PUBLISH_LIST=/no/such/list").finish(ENVIRONMENT)
    publisher.published()


def tree(site: Path) -> dict[str, bytes]:
    files = [path for path in site.rglob("*") if path.is_file()]
    return {str(path.relative_to(site)): path.read_bytes() for path in files}


def test_retention(stage: Stage) -> None:
    """not due: nothing is done; old observations and old sites go"""
    publisher = Publisher(stage)
    keep = ("PUBLISH_KEEP_SCANS=1", "PUBLISH_KEEP_SITES=1")
    for number in range(1, 4):
        publisher.begin(*keep, f"PUBLISH_LABEL=list-2026-0{number}").finish()
        publisher.begin(*keep, "PUBLISH_EVERY_DAYS=1").finish()
        demand(publisher.states() == ["complete"] * number, f"{publisher.states()}")
    sql = "select scan_id, label, pruned is null from dane.scans order by 1"
    found = publisher.database.sql(sql).split("\n")[:-1]
    wanted = [f"{n}\tlist-2026-0{n}\t{'t' if n == 3 else 'f'}" for n in (1, 2, 3)]
    demand(found == wanted, f"scans {found}")
    for number in range(1, 4):
        page = publisher.published() / "scans" / str(number) / "index.html"
        demand(page.exists(), f"the site has lost {page}")
    newest = publisher.published().name
    sites = publisher.sites()
    demand(len(sites) == 2 and newest == sites[1], f"{newest} of {sites}")
    demand(newest.endswith("-scan-3"), f"published: {newest}")


def test_rsync(stage: Stage) -> None:
    """PUBLISH_RSYNC: another place has the same site, and nothing older"""
    publisher = Publisher(stage)
    mirror = stage.fresh("mirror")
    mirror.mkdir()
    (mirror / "old.html").write_text("old")
    publisher.begin(f"PUBLISH_RSYNC={mirror}/").finish()
    demand(tree(mirror) == tree(publisher.published()), "the mirror differs")


def test_configuration(stage: Stage) -> None:
    """what cannot be meant is refused, with one line and before anything is done"""
    publisher = Publisher(stage)
    for line in ("PUBLISH_LIST=", "PUBLISH_DB=", "PUBLISH_KEEP_SCANS=some"):
        run = publisher.begin(line).finish(CONFIGURATION)
        demand(len(run.err().splitlines()) == 1, f"{line}: {run.err()}")
    (publisher.state).mkdir()
    publisher.site.mkdir()
    publisher.begin().finish(CONFIGURATION)
    demand(publisher.states() == [], f"states {publisher.states()}")


def test_units(stage: Stage) -> None:
    """the installed units are right and leave the service little to do harm with"""
    units = installed(stage) / "lib" / "systemd" / "system"
    paths = [units / "danescan.service", units / "danescan.timer"]
    demand(shutil.which("systemd-analyze"), "systemd-analyze is missing")
    run = Run(stage, ["systemd-analyze", "verify", "--man=no", *paths]).finish()
    demand(run.err() == "", run.err())
    security = ["systemd-analyze", "security", "--no-pager", "--offline=true"]
    Run(stage, [*security, f"--threshold={EXPOSURE_MAX}", paths[0]]).finish()
