"""Lists as they come: each line is a name, is skipped, or is refused with its
number and the reason; every name has one row."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import json
import lzma
import os
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import cluster
from program import Run, demand, one_clear_line, queued
from stage import Stage

NAMES = ["one.example", "two.example", "three.example"]
PLAIN = "".join(f"{name}\n" for name in NAMES).encode()
LONG_LABEL = b"x" * 300


@dataclass
class Found:
    """What the scan of a list came to."""

    rows: list[dict]
    counts: dict[str, int]
    rejects: list[list[str]]


@dataclass
class Sample:
    """A list and what has to come of it; rejects: line number and reason."""

    title: str
    content: bytes
    names: list[str] = field(default_factory=lambda: list(NAMES))
    rejects: list[tuple[int, str]] = field(default_factory=list)
    duplicates: int = 0
    skipped: int = 0
    options: tuple[str, ...] = ()


def zipped(**files: bytes) -> bytes:
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return octets.getvalue()


def zstandard(content: bytes) -> bytes:
    return subprocess.run(
        ["zstd", "-qc"], input=content, capture_output=True, check=True
    ).stdout


SAMPLES = [
    Sample("an empty file", b"", []),
    Sample("nothing but line ends", b"\n\n\r\n\n", [], skipped=4),
    Sample("blank lines and comments",
           b"# a list\n\none.example\n  \t\ntwo.example # second\n#\nthree.example\n",
           skipped=4),
    Sample("CRLF", PLAIN.replace(b"\n", b"\r\n")),
    Sample("no final newline", PLAIN.rstrip(b"\n")),
    Sample("a byte order mark", b"\xef\xbb\xbf" + PLAIN),
    Sample("capitals and final dots", b"ONE.Example.\nTwo.EXAMPLE\nthree.example.\n"),
    Sample("U-labels", "bücher.example\nBÜCHER.example\n例え.example\n".encode(),
           ["xn--bcher-kva.example", "xn--r8jz45g.example"], duplicates=1),
    Sample("duplicates", PLAIN + b"ONE.example\ntwo.example.\n", duplicates=2),
    Sample("a label of 300 octets", b"one.example\n" + LONG_LABEL + b".example\n",
           NAMES[:1], [(2, "label longer than 63 octets")]),
    Sample("a name of 300 octets", b"one.example\n" + b"abcdefghi." * 30 + b"example\n",
           NAMES[:1], [(2, "name longer than 253 octets")]),
    Sample("bad names among good ones",
           b"one.example\na..example\n-a.example\n192.0.2.1\na b.example\n"
           b"caf\xe9.example\n[::1]\nuser@two.example\nhttps://two.example/\n"
           b"two.example\n",
           NAMES[:2],
           [(2, "empty label"), (3, "hyphen"), (4, "an address"),
            (5, "character that a name cannot have"), (6, "not UTF-8"),
            (7, ""), (8, "character"), (9, "character")]),
    Sample("a NUL octet", b"one.example\ntwo.\0example\n", NAMES[:1], [(2, "NUL")]),
    Sample("a line of 100,000 octets", b"one.example\n" + b"y" * 100_000 +
           b"\ntwo.example\n", NAMES[:2], [(2, "longer than 65535")]),
    Sample("a line of 200,000 octets at the end", b"one.example\n" + b"y" * 200_000,
           NAMES[:1], [(2, "longer than 65535")]),
    Sample("gzip", gzip.compress(PLAIN)),
    Sample("gzip of two parts", gzip.compress(PLAIN[:20]) + gzip.compress(PLAIN[20:])),
    Sample("xz", lzma.compress(PLAIN)),
    Sample("zstd", zstandard(PLAIN)),
    Sample("zip of two files, the first without a final newline",
           zipped(a=b"one.example\ntwo.example", b=b"three.example\n")),
    Sample("CSV with a header and tags",
           b'rank,Domain,note\r\n1,one.example,"a ""b"", c"\r\n2,two.example\r\n',
           NAMES[:2], skipped=1),
    Sample("CSV as of Tranco", b"1,one.example\n2,two.example\n3,three.example\n"),
    Sample("CSV with bad lines",
           b'domain,tag\none.example,x\n,y\n"two.example\nthree.example,a,b,c\n',
           NAMES[:1], [(3, "empty name"), (4, ""), (5, "more fields")], skipped=1),
    Sample("a zone file",
           b"$ORIGIN example.\n$TTL 300\n@ SOA a. b. 1 2 3 4 5\none NS ns.one\n"
           b"one NS ns2.one\nns.one A 192.0.2.1\ntwo IN NS ns\n",
           NAMES[:2], skipped=5),
]  # fmt: skip


def begin(stage: Stage, folder: Path, *words: object, **options: object) -> Run:
    lab = stage.cases()
    return lab.begin(
        "scan", "-q", "--rejects", folder / "rejects", "--summary", folder / "summary",
        "-o", folder / "rows", "--resolvers", 1, *words, **options,
    )  # fmt: skip


def read(folder: Path) -> Found:
    rows = [json.loads(line) for line in (folder / "rows").read_text().splitlines()]
    rejects = (folder / "rejects").read_text().splitlines()
    counts = json.loads((folder / "summary").read_text())["input"]
    return Found(rows, counts, [line.split("\t") for line in rejects])


def compare(sample: Sample, found: Found) -> None:
    names = sorted(row["domain"] for row in found.rows)
    demand(names == sorted(sample.names), f"rows of {names}")
    wanted = [(str(number), reason) for number, reason in sample.rejects]
    ok = len(found.rejects) == len(wanted) and all(
        row[0] == number and reason in row[1] and row[1]
        for row, (number, reason) in zip(found.rejects, wanted)
    )
    demand(ok, f"rejects {found.rejects}")
    counted = {key: found.counts[key] for key in ("names", "rejected", "duplicates")}
    expected = {"names": len(sample.names), "rejected": len(wanted),
                "duplicates": sample.duplicates}  # fmt: skip
    demand(counted == expected, f"counts {found.counts}")
    demand(found.counts["skipped"] == sample.skipped, f"counts {found.counts}")
    parts = ("names", "rejected", "duplicates", "skipped", "sampled_out")
    demand(
        sum(found.counts[part] for part in parts) == found.counts["lines"],
        f"the counts do not sum up to the lines: {found.counts}",
    )


def scan_sample(stage: Stage, sample: Sample) -> None:
    folder = stage.fresh("list").parent
    (folder / "list").write_bytes(sample.content)
    begin(stage, folder, folder / "list", *sample.options).finish()
    found = read(folder)
    compare(sample, found)
    digest = hashlib.sha256(sample.content).hexdigest()
    wanted = {"name": str(folder / "list"), "octets": len(sample.content),
              "sha256": digest}  # fmt: skip
    demand(found.counts["lists"] == [wanted], f"{found.counts['lists']}")


def make_test(sample: Sample) -> Callable[[Stage], None]:
    def test(stage: Stage) -> None:
        scan_sample(stage, sample)

    test.__doc__ = sample.title
    test.__module__ = __name__
    return test


for _number, _sample in enumerate(SAMPLES):
    globals()[f"test_{_number:02}"] = make_test(_sample)


def test_random_octets(stage: Stage) -> None:
    """binary junk: every line is counted, none is fatal"""
    folder = stage.fresh("list").parent
    junk = bytes((i * i * 31 + i // 7 * 113 + i // 251) % 256 for i in range(100_000))
    (folder / "list").write_bytes(b"one.example\n" + junk + b"\ntwo.example\n")
    begin(stage, folder, folder / "list").finish()
    found = read(folder)
    names = {row["domain"] for row in found.rows}
    demand({"one.example", "two.example"} <= names, f"rows of {sorted(names)[:9]}")
    demand(len(found.rows) == len(names) == found.counts["names"], f"{found.counts}")
    demand(len(found.rejects) == found.counts["rejected"] > 100, f"{found.counts}")


def test_database(stage: Stage) -> None:
    """in PostgreSQL there are as many rows as distinct valid names"""
    folder, database = stage.fresh("list").parent, cluster.shared(stage).database()
    (folder / "list").write_bytes(b"a..b\n" + PLAIN + PLAIN + b"ONE.example.\n")
    begin(stage, folder, "--db", database.dsn, folder / "list").finish()
    names = database.sql("select domain from dane.domain_results order by 1").split()
    demand(names == sorted(NAMES), f"rows of {names}")
    counted = database.sql("select domains from dane.scans").strip()
    demand(counted == str(len(NAMES)), f"the scan counts {counted}")


def test_tags(stage: Stage) -> None:
    """the other columns of a CSV are tags"""
    folder = stage.fresh("list").parent
    (folder / "list").write_text('rank,domain,note\n7,one.example,"a, ""b"""\n')
    begin(stage, folder, folder / "list").finish()
    tags = read(folder).rows[0]["tags"]
    demand(tags == {"rank": "7", "note": 'a, "b"'}, f"{tags}")


def test_several(stage: Stage) -> None:
    """several lists: lines are counted over all, rejects name the file"""
    folder = stage.fresh("list").parent
    (folder / "a").write_bytes(b"one.example\n..\n")
    (folder / "b.gz").write_bytes(gzip.compress(b"two.example\none.example\n-.x\n"))
    begin(stage, folder, folder / "a", folder / "b.gz").finish()
    found = read(folder)
    where = [(row[0], row[3].rpartition("/")[2]) for row in found.rejects]
    demand(where == [("2", "a:2"), ("5", "b.gz:3")], f"{found.rejects}")
    lines = sorted((row["line"], row["domain"]) for row in found.rows)
    demand(lines == [(1, "one.example"), (3, "two.example")], f"{lines}")


def slow_pipe(stage: Stage, content: bytes, *words: object) -> Found:
    """What comes through a pipe in two halves; the second is sent when the first
    has been read."""
    title = "pipe" + str(len(content))
    folder = stage.fresh("list").parent
    out, into = os.pipe()
    half = len(content) // 2 - 2
    try:
        os.write(into, content[:half])
        run = begin(stage, folder, *words, stdin=out)
        run.await_("the pipe is empty", lambda: queued(out) == 0)
        os.write(into, content[half:])
    finally:
        os.close(into)
        os.close(out)
    run.finish()
    return read(folder)


def test_pipe(stage: Stage) -> None:
    """standard input from a slow pipe"""
    compare(Sample("pipe", PLAIN), slow_pipe(stage, PLAIN))


def test_compressed_pipe(stage: Stage) -> None:
    """gzip from a slow pipe, named -"""
    compare(Sample("pipe", PLAIN), slow_pipe(stage, gzip.compress(PLAIN), "-"))


def refused(stage: Stage, path: Path, pattern: str, code: int) -> None:
    run = stage.cases().begin("scan", path)
    one_clear_line(run.finish(code), pattern)


def test_not_there(stage: Stage) -> None:
    """a missing file, a directory: exit 2 before anything is asked"""
    refused(stage, stage.folder / "no-such-list", "no-such-list: No such file", 2)
    refused(stage, stage.folder, "is a directory", 2)
    folder = stage.fresh("list").parent
    (folder / "list").write_bytes(PLAIN)
    run = begin(stage, folder, folder / "list", folder / "nowhere")
    one_clear_line(run.finish(2), "nowhere: No such file")
    demand(not (folder / "rows").exists(), "there are rows")


def damaged(stage: Stage, title: str, content: bytes) -> None:
    folder = stage.fresh("list").parent
    (folder / "list").write_bytes(content)
    run = begin(stage, folder, folder / "list")
    one_clear_line(run.finish(3), "list: after line")


def test_damaged(stage: Stage) -> None:
    """archives that break off: exit 3, what was read is written"""
    names = b"".join(b"n%d.example\n" % i for i in range(3000))
    for title, octets in (
        ("cut gzip", gzip.compress(names)),
        ("cut xz", lzma.compress(names)),
        ("cut zstd", zstandard(names)),
        ("cut zip", zipped(a=names)),
    ):
        damaged(stage, title, octets[: len(octets) // 2])


def test_bzip2(stage: Stage) -> None:
    """what is no list at all has no names, only refused lines"""
    folder = stage.fresh("list").parent
    (folder / "list").write_bytes(bz2.compress(PLAIN))
    begin(stage, folder, folder / "list").finish()
    found = read(folder)
    demand(not found.rows and found.rejects, f"{found.counts}")


def test_dry_run(stage: Stage) -> None:
    """--dry-run: what is in the lists, every option with its origin, nobody asked"""
    ranked, plain = stage.fresh("ranked.csv.gz"), stage.fresh("plain.list")
    settings, listed = stage.fresh("danescan.ini"), stage.fresh("blocklist")
    ranked.write_bytes(gzip.compress(b"1,one.example\n2,two.example\n3,ONE.example\n"))
    plain.write_text("# more\nthree.example\nnot a name\nsub.two.test\n")
    settings.write_text("window = 77\nrate = 1\n")
    listed.write_text("two.test\n")
    nowhere = stage.fresh("results.ndjson")
    words = (
        *("--config", settings, "--blocklist", listed, "-o", nowhere),
        *("--db", "host=192.0.2.1 dbname=nowhere", "--root-hints", "/nowhere"),
    )
    environment = dict(os.environ) | {"DANESCAN_RATE": "2", "DANESCAN_PROBES": "9"}
    run = stage.run("scan", "--dry-run", *words, ranked, plain, env=environment)
    run.finish()
    said = [line.split() for line in run.out().splitlines()]
    for expected in (
        f"{ranked} (csv): 3 lines: 2 names, 0 rejected, 1 duplicates, 0 skipped,",
        f"{plain} (plain): 4 lines: 2 names, 1 rejected, 0 duplicates, 1 skipped,",
        "all: 7 lines: 4 names, 1 rejected, 1 duplicates, 1 skipped,",
        "3 domains to ask about, 1 more",
        "at least 2 s at 2 domains",
        f"window 77 {settings}",
        "rate 2.0 environment",
        "probes 9 environment",
        f"blocklist {listed} command line",
        "per-network 4 built-in",
    ):
        begin = expected.split()
        demand(
            any(words[: len(begin)] == begin for words in said),
            f"no '{expected}' in:\n{run.out()}",
        )
    demand(not nowhere.exists(), "an output was opened")
    demand(run.err() == "", f"said: {run.err()}")
