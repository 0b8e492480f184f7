"""The metrics file: what Prometheus would read agrees with what was written."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter, defaultdict
from pathlib import Path

from program import demand, one_clear_line
from stage import LAB_FOLDER, Population, Stage

SAMPLE = re.compile(r"([a-zA-Z_]\w*)(?:\{(.*)\})? (\S+)")
LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')
ESCAPES = {'\\"': '"', "\\\\": "\\", "\\n": "\n"}
DOCUMENT = LAB_FOLDER.parents[1] / "docs" / "metrics.md"
LIMIT_SECONDS = 240

Samples = dict[str, dict[str, float]]


def labels(text: str) -> dict[str, str]:
    """All of text is labels, or it is none of the format."""
    found = {}
    while text:
        match = LABEL.match(text)
        demand(match, f"no label: {text}")
        assert match
        found[match[1]] = re.sub(r"\\.", lambda m: ESCAPES[m[0]], match[2])
        text = text[match.end() :]
    return found


def parse(text: str) -> Samples:
    """By name, then by the values of the labels with commas between them."""
    samples: Samples = defaultdict(dict)
    types: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            demand(name not in types, f"{name} is there twice")
            types[name] = kind
        if line.startswith("#"):
            continue
        match = SAMPLE.fullmatch(line)
        demand(match, f"not a sample: {line}")
        assert match
        family = re.sub(r"_(bucket|sum|count)$", "", match[1])
        demand(match[1] in types or types.get(family) == "histogram", line)
        key = ",".join(labels(match[2] or "").values())
        demand(key not in samples[match[1]], f"twice: {line}")
        samples[match[1]][key] = float(match[3])
    return samples


def expect(samples: Samples, name: str, wanted: dict[str, float]) -> None:
    found = {key: value for key, value in samples[name].items() if value}
    demand(found == wanted, f"{name}: {found}, not {wanted}")


def test_documented(stage: Stage) -> None:
    """every family is in docs/metrics.md, with its type, and no other"""
    population = stage.population()
    path = stage.fresh("m.prom")
    words = scan(population, "--metrics", path, "-o", "/dev/null", "/dev/null")
    population.lab.begin(*words).finish()
    rows = re.findall(r"^\| `(danescan_\w+)` \| (\w+) ", DOCUMENT.read_text(), re.M)
    types = re.findall(r"^# TYPE (\w+) (\w+)$", path.read_text(), re.M)
    demand(rows == types, f"not the same: {set(rows) ^ set(types)}, or in another order")


def scan(population: Population, *words: object) -> tuple[str, ...]:
    return ("scan", "-q", *map(str, words))


def test_agrees(stage: Stage) -> None:
    """the last ones agree with rows, rejects and summary"""
    population = stage.population()
    folder = stage.fresh("x").parent
    names, rows = folder / "list", folder / "rows"
    names.write_text(population.names.read_text() + "..\n192.0.2.1\n\n..\n")
    words = scan(population, "--metrics", folder / "m.prom", "-o", rows, names)
    words += ("--summary", str(folder / "s"), "--label", 'a "b" \\')
    population.lab.begin(*words).finish()
    samples = parse((folder / "m.prom").read_text())
    facts = [json.loads(line) for line in rows.read_text().splitlines()]
    summary = json.loads((folder / "s").read_text())
    classes = Counter(fact["class"] for fact in facts)
    reasons = Counter(fact["reason"] for fact in facts if fact["reason"])
    total = {"": float(population.total)}
    expect(samples, "danescan_domains_total", dict(classes))
    expect(samples, "danescan_domains_by_reason_total", dict(reasons))
    for name in ("admitted", "done", "committed"):
        expect(samples, f"danescan_domains_{name}_total", total)
    expect(samples, "danescan_domains_expected", total)
    expect(samples, "danescan_domains_in_flight", {})
    lines = {"name": population.total, "rejected": 3, "skipped": 1}
    expect(samples, "danescan_input_lines_total", lines)
    demand(sum(samples["danescan_rejected_lines_total"].values()) == 3, "rejects")
    expect(samples, "danescan_scan_id", {})
    demand('a "b" \\' in samples["danescan_scan_id"], "the label is lost")
    expect(samples, "danescan_complete", {"": 1})
    expect(samples, "danescan_sink_committed_total", {"output": population.total})
    asked = summary["resolver"]["asked"]
    expect(samples, "danescan_dns_questions_total", {"": asked})
    answers = sum(samples["danescan_dns_answers_total"].values())
    counted = sum(samples["danescan_dns_lookup_seconds_count"].values())
    demand(answers == counted == asked, f"{answers}, {counted}, {asked} answers")
    sessions = summary["work"]["smtp_sessions"]
    expect(samples, "danescan_smtp_session_seconds_count", {"": sessions})
    demand(samples["danescan_cpu_seconds_total"]["scanner"] > 0, "no CPU is used")
    demand(samples["danescan_resident_memory_bytes"]["resolver"] > 0, "no memory")


def test_while_running(stage: Stage) -> None:
    """whole from the first second, and nothing is left beside the file"""
    population = stage.population()
    path = stage.fresh("m.prom")
    options = ("--metrics", path, "-o", "/dev/null", *population.pace(3))
    run = population.lab.begin(*scan(population, *options), population.names)
    run.await_("metrics are there", lambda: path.exists() and path.stat().st_size)
    samples = parse(path.read_text())
    expect(samples, "danescan_complete", {})
    expect(samples, "danescan_window", {"": 10000})
    run.finish()
    expect(parse(path.read_text()), "danescan_complete", {"": 1})
    left = [entry.name for entry in path.parent.iterdir()]
    demand(left == ["m.prom"], f"left: {left}")


def test_unwritable(stage: Stage) -> None:
    """where they cannot be written from the start, exit 3"""
    population = stage.population()
    places = {
        stage.folder / "nowhere" / "m": "No such file",
        stage.folder: "Is a directory",
        Path("/dev/full"): "not a regular file",
    }
    for path, words in places.items():
        run = population.lab.begin(*scan(population, "--metrics", path, "/dev/null"))
        run.finish(3, LIMIT_SECONDS)
        one_clear_line(run, words)


def test_gone(stage: Stage) -> None:
    """where they cannot be written any more, the scan goes on"""
    population = stage.population()
    path = stage.fresh("m.prom")
    rows = stage.fresh("rows")
    options = ("--metrics", path, "-o", rows, *population.pace(3))
    run = population.lab.begin(*scan(population, *options), population.names)
    run.await_("metrics are there", lambda: path.exists() and path.stat().st_size)
    shutil.rmtree(path.parent)
    run.finish()
    population.compare(rows)
    one_clear_line(run, "metrics: .*m.prom: No such file.*; the scan goes on")
