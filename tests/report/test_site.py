#!/usr/bin/python3
"""The public statistics, made from a small database with hostile data in it.

    test_site.py [--build DIR]

A private PostgreSQL, three scans (rows.sql), the program itself. What is asked
of the site: the same octets each time, whole links, well-formed files, nothing
that the data could make a browser, a spreadsheet or a mail program do, and an
old site that stays whole when a run fails.
"""

from __future__ import annotations

import csv
import filecmp
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from pages import Page

HERE = Path(__file__).resolve().parent
TOP = HERE.parent.parent
PAGE_MAX = 500_000
# All that the templates write; what else is there came out of the data.
ELEMENTS = set("""html head meta title link script body a header div span nav ul li main p
 strong bdi time footer h1 h2 h3 code section figure figcaption details summary table thead
 tbody tr th td dl dt dd pre svg desc g text rect path defs pattern br""".split())
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x80-\x9f]")
FORMULA = re.compile(r"\s*[=+\-@]")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?$")
OPTIONS = ["--publisher", "The <i>Publisher</i>", "--contact", "dane@example.net",
           "--licence", "CC BY 4.0"]
build = "build"


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(c) for c in command], cwd=TOP, text=True,
                          capture_output=True, check=False)


class Site(unittest.TestCase):
    folder: Path
    dsn: str
    early: Path  # before the last scan was complete
    site: Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = Path(tempfile.mkdtemp(prefix="danescan-site."))
        cls.folder.chmod(0o755)
        started = run("scripts/pg.sh", "start", cls.folder / "pg")
        assert started.returncode == 0, started.stderr
        cls.dsn = started.stdout.strip()
        made = run(f"{build}/danescan", "db", "init", "--db", cls.dsn)
        assert made.returncode == 0, made.stderr
        cls.sql("-f", str(HERE / "rows.sql"))
        cls.early = cls.folder / "early"
        cls.report(cls.early)
        cls.sql("-c", "UPDATE dane.scan SET state = 'complete' WHERE scan_id = 3")
        cls.site = cls.folder / "site"
        cls.report(cls.site)

    @classmethod
    def tearDownClass(cls) -> None:
        run("scripts/pg.sh", "remove", cls.folder / "pg")
        shutil.rmtree(cls.folder)

    @classmethod
    def sql(cls, *arguments: str) -> str:
        done = run("psql", cls.dsn, "-XAtq", "-v", "ON_ERROR_STOP=1", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    @classmethod
    def report(cls, out: Path, *more: str, code: int = 0) -> str:
        done = run(f"{build}/danescan", "report", "--db", cls.dsn, "--out", out, *OPTIONS,
                   *more)
        assert done.returncode == code, (done.returncode, done.stderr)
        return done.stderr

    def files(self, ending: str, site: Path | None = None) -> list[Path]:
        found = sorted((site or self.site).rglob(f"*{ending}"))
        self.assertTrue(found, f"no file ends in {ending}")
        return found

    def assert_same(self, one: Path, other: Path) -> None:
        names = [sorted(str(p.relative_to(d)) for p in d.rglob("*") if p.is_file())
                 for d in (one, other)]
        self.assertEqual(*names)
        _, differ, missing = filecmp.cmpfiles(one, other, names[0], shallow=False)
        self.assertEqual(([], []), (differ, missing))

    def test_same_octets(self) -> None:
        self.report(self.folder / "again")
        self.assert_same(self.site, self.folder / "again")
        self.assertRegex(self.report(self.site), r" 0 changed, 0 removed")

    def test_sums(self) -> None:
        done = subprocess.run(["sha256sum", "--quiet", "--strict", "-c", "SHA256SUMS"],
                              cwd=self.site, capture_output=True, text=True, check=False)
        self.assertEqual((0, ""), (done.returncode, done.stdout + done.stderr))
        listed = {line.split("  ", 1)[1] for line in
                  (self.site / "SHA256SUMS").read_text().splitlines()}
        there = {str(p.relative_to(self.site)) for p in self.site.rglob("*") if p.is_file()}
        self.assertEqual(there - {"SHA256SUMS"}, listed)

    def test_pages_are_well_formed(self) -> None:
        for path in self.files(".html"):
            page = Page(path)
            self.assertEqual([], page.unbalanced, path)
            self.assertEqual(len(page.ids), len(set(page.ids)), path)
            self.assertLess(path.stat().st_size, PAGE_MAX, path)
        checked = run("tidy", "-q", "-e", "--gnu-emacs", "yes", "--drop-empty-elements", "no",
                      *self.files(".html"))
        self.assertLess(checked.returncode, 2, checked.stderr[-2000:])

    def test_links_are_whole(self) -> None:
        pages = {path.resolve(): Page(path) for path in self.files(".html")}
        for path, page in pages.items():
            for target, anchor in page.targets():
                self.assertTrue(target.is_file(), f"{path}: {target}")
                if anchor and target.suffix == ".html":
                    self.assertIn(anchor, pages[target].ids, f"{path}: {target}")

    def test_data_does_nothing_in_pages(self) -> None:
        for path in self.files(".html"):
            page = Page(path)
            self.assertEqual(set(), page.elements - ELEMENTS, path)
            self.assertEqual([], [a for a in page.attributes if a.startswith("on")])
            self.assertNotIn("style", page.attributes)
            self.assertEqual(1, len(page.scripts), path)
            self.assertTrue(page.scripts[0] and page.scripts[0].endswith("site.js"))
            for link in page.links:
                self.assertNotRegex(link, r"^\s*(javascript|data):")

    def test_every_hostile_text_is_shown(self) -> None:
        shown = "".join(Page(self.site / "data/index.html").text)
        for path in [*self.files("index.html", self.site / "registry"),
                     *self.files("index.html", self.site / "provider")]:
            shown += "".join(Page(path).text)
        for text in ("<script>alert(1)</script>", "../../../etc/passwd", "[U+202E]moc.elgoog",
                     "]]>", "{key}", "&amp;&#60;b>", "javascript:alert(1)"):
            self.assertIn(text, shown)

    def test_no_text_directs_its_reader(self) -> None:
        for ending in (".html", ".svg", ".csv", ".atom", ".txt", ".json"):
            for path in self.files(ending):
                text = path.read_bytes().decode("utf-8")
                self.assertIsNone(INVISIBLE.search(text), path)
                self.assertIsNone(CONTROL.search(text), path)

    def test_xml(self) -> None:
        checked = run("xmllint", "--noout", "--nonet", *self.files(".svg"),
                      *self.files(".atom"))
        self.assertEqual((0, ""), (checked.returncode, checked.stderr[-2000:]))

    def test_csv_and_json_have_the_same_rows(self) -> None:
        for path in self.files(".csv"):
            raw = path.read_bytes()
            self.assertEqual(raw.count(b"\n"), raw.count(b"\r\n"), path)
            with path.open(newline="", encoding="utf-8") as opened:
                rows = list(csv.reader(opened, strict=True))
            values = json.loads(path.with_suffix(".json").read_text())
            self.assertEqual(len(values), len(rows) - 1, path)
            for row, value in zip(rows[1:], values):
                self.assertEqual(rows[0], list(value), path)
                self.assertEqual(len(rows[0]), len(row), path)
                for cell in row:
                    self.assertTrue(NUMBER.match(cell) or not FORMULA.match(cell), cell)

    def test_package_describes_the_files(self) -> None:
        for path in self.files("datapackage.json"):
            package = json.loads(path.read_text())
            self.assertGreater(len(package["resources"]), 20)
            for resource in package["resources"]:
                with (path.parent / resource["path"]).open(newline="") as opened:
                    header = next(csv.reader(opened))
                self.assertEqual([f["name"] for f in resource["schema"]["fields"]], header)

    def test_notices_are_one_message_each(self) -> None:
        for path in self.files(".txt"):
            head, body = path.read_text().split("\n\n", 1)
            self.assertTrue(head.startswith("Subject: "), path)
            self.assertNotRegex(body, r"(?m)^(Bcc:|\.$)")
        text = (self.site / "registry/nl/notice-broken.example.txt").read_text()
        for word in ("broken.nl", "mx.broken.example", "2026-10-01", "dane-no-match", "To do:",
                     "dane@example.net"):
            self.assertIn(word, text)

    def test_counts(self) -> None:
        counted = self.sql("-c", """SELECT class, coalesce(reason, ''), count(*) FROM
            dane.domain_results WHERE scan_id = 3 GROUP BY 1, 2""")
        with (self.site / "scans/3/data/classes.csv").open(newline="") as opened:
            found = {(r["class"], r["reason"], r["domains"]) for r in csv.DictReader(opened)}
        self.assertEqual({tuple(line.split("|")) for line in counted.splitlines()}, found)
        shown = "".join(Page(self.site / "tld/nl/index.html").text)
        self.assertIn("dane-no-match", shown)

    def test_pages_follow_the_data(self) -> None:
        """What was not looked for has no page and no place in the menu."""
        for name in ("mta-sts", "operator", "tag"):
            self.assertTrue((self.site / name / "index.html").is_file(), name)
            self.assertFalse((self.site / "scans/1" / name).exists(), name)
            self.assertNotIn(f"{name}/index.html",
                             (self.site / "scans/1/index.html").read_text())

    def test_pages_of_a_scan_stay(self) -> None:
        for scan in ("scans/1", "scans/2"):
            self.assert_same(self.early / scan, self.site / scan)
        self.assertIn("Permanent page of scan",
                      "".join(Page(self.site / "scans/2/index.html").text))

    def test_pages_go_with_their_names(self) -> None:
        moved = self.folder / "moved"
        shutil.copytree(self.early, moved)
        self.assertTrue((moved / "tld/gone").is_dir())
        self.report(moved)
        self.assertFalse((moved / "tld/gone").exists())
        self.assert_same(self.site, moved)

    def test_failed_run_leaves_the_old_site(self) -> None:
        kept = self.folder / "kept"
        shutil.copytree(self.site, kept)
        self.sql("-c", "ALTER VIEW dane.report_lints RENAME TO gone")
        try:
            self.report(kept, "--site-title", "Another", code=3)
        finally:
            self.sql("-c", "ALTER VIEW dane.gone RENAME TO report_lints")
        self.assert_same(self.site, kept)
        self.assertEqual([], list(kept.glob(".danescan*")))

    def test_files_of_others_are_not_touched(self) -> None:
        other = self.folder / "other"
        other.mkdir()
        (other / "index.html").write_text("mine")
        said = self.report(other, code=3)
        self.assertIn("index.html", said)
        self.assertEqual(["index.html"], os.listdir(other))
        (other / "index.html").rename(other / "robots.txt")
        self.report(other)
        self.report(other, "--site-title", "Another")
        self.assertEqual("mine", (other / "robots.txt").read_text())

    def test_only_a_registry(self) -> None:
        alone = self.folder / "alone"
        self.report(alone, "--registry", ".NL")
        tops = {p.name for p in alone.iterdir()}
        self.assertEqual({"registry", "codes", "site.css", "site.js", "SHA256SUMS"}, tops)
        self.assertEqual(["nl"], os.listdir(alone / "registry"))
        for path in self.files(".html", alone):
            for target, _ in Page(path).targets():
                self.assertTrue(target.is_file(), f"{path}: {target}")
        with (alone / "registry/nl/broken.csv").open(newline="") as opened:
            names = {row["domain"] for row in csv.DictReader(opened)}
        self.assertEqual({"broken.nl", "bogus.nl"}, names)

    def test_one_registry_beside_the_rest(self) -> None:
        beside = self.folder / "beside"
        shutil.copytree(self.site, beside)
        self.report(beside, "--registry", "nl")
        self.assertTrue((beside / "tld/nl/index.html").is_file())
        self.report(beside, "--registry", "com")
        self.assertIn("None is broken",
                      (beside / "registry/com/index.html").read_text())
        self.assertIn("no domain of that zone",
                      self.report(beside, "--registry", "absent", code=3))

    def test_a_reader_may_do_it(self) -> None:
        self.sql("-c", "SELECT dane.grant_roles()", "-c", "GRANT dane_reader TO danescan")
        read = self.folder / "read"
        done = run(f"{build}/danescan", "report", "--out", read, *OPTIONS, "--db",
                   f"{self.dsn} options=-crole=dane_reader")
        self.assertEqual((0, done.stderr), (done.returncode, done.stderr))
        self.assert_same(self.site, read)

    def test_z_without_observations(self) -> None:
        """The last: what is dropped is gone for all tests."""
        pruned = self.folder / "pruned"
        shutil.copytree(self.site, pruned)
        done = run(f"{build}/danescan", "db", "prune", "--keep", "1", "--db", self.dsn)
        self.assertEqual(0, done.returncode, done.stderr)
        self.assertRegex(self.report(pruned), " 0 removed")
        self.assert_same(self.site / "scans/1", pruned / "scans/1")
        fresh = self.folder / "fresh"
        self.report(fresh)
        for name in ("classes", "funnel", "tlds", "tlsa_parameters"):
            name = f"scans/1/data/{name}.csv"
            self.assertTrue(filecmp.cmp(self.site / name, fresh / name, shallow=False), name)
        self.another_series(pruned)

    def another_series(self, site: Path) -> None:
        """Scan 4 is of another list: scans 1 to 3 keep their pages."""
        before = (site / "index.html").read_bytes()
        self.sql("-c", "SELECT dane.scan_begin('other 2026-12', '{}', '2026-12-01')",
                 "-c", """UPDATE dane.scan SET state = 'complete', finished = started,
                     domains = 0 WHERE scan_id = 4""")
        self.report(site)
        self.assertIn("other 2026-12", (site / "index.html").read_text())
        self.assert_same(self.site / "scans/1", site / "scans/1")
        self.report(site, "--series", "list")
        self.assertEqual(before, (site / "index.html").read_bytes())
        self.assertTrue((site / "scans/4/index.html").is_file())
        self.report(site, "--series", "none", code=3)


if __name__ == "__main__":
    if "--build" in sys.argv:
        place = sys.argv.index("--build")
        build = sys.argv[place + 1]
        del sys.argv[place:place + 2]
    unittest.main()
