"""Compares a record of the scan with what a case expects of it.

    expect broken/dane-no-match severity=outage hosts.mx.v4=fail flags~mx_alias

The first word, without a path, is about the record itself. A path descends by
the names of fields, into lists by number or by what tells their elements
apart: hosts by their (first labels of a) name, TLSA records by their three
numbers ("311"). Below a host, v4, v6, v4b (the second IPv4 address) and v6b
are its endpoints.
"=" compares with a JSON value or a plain word; where the path ends at an
object the word is its class/reason, state, or status/trust. "~" means: the
list, or the text, contains the word.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

TOKEN = re.compile(r'([\w.-]+)([=~])("(?:[^"\\]|\\.)*"|\S+)|(\S+)')
FAMILIES = {"v4": (".", 0), "v4b": (".", 1), "v6": (":", 0), "v6b": (":", 1)}
# What one word means for an object which has the first field.
WORDS = (("class", "reason"), ("state", "why"), ("status", "trust"))


@dataclass
class Expectation:
    path: str
    operator: str
    value: Any


def parse_expectations(text: str) -> list[Expectation]:
    found = []
    for match in TOKEN.finditer(text):
        path, operator, value, bare = match.groups()
        if bare is not None:
            found.append(Expectation("", "=", bare))
            continue
        try:
            found.append(Expectation(path, operator, json.loads(value)))
        except ValueError:
            found.append(Expectation(path, operator, value))
    return found


def element(items: list[Any], step: str) -> Any:
    if step in FAMILIES:
        mark, number = FAMILIES[step]
        fitting = [i for i in items if mark in i.get("address", "")]
        return fitting[number] if number < len(fitting) else None
    for item in items:
        if not isinstance(item, dict):
            continue
        host = item.get("host", "")
        numbers = "".join(str(item.get(k)) for k in ("usage", "selector", "mtype"))
        if host == step or host.startswith(f"{step}.") or numbers == step:
            return item
    if step.isdigit() and int(step) < len(items):
        return items[int(step)]
    return None


def find(record: Any, path: str) -> Any:
    for step in path.split(".") if path else []:
        if isinstance(record, list):
            record = element(record, step)
        elif isinstance(record, dict):
            if step in FAMILIES:
                record = element(record.get("endpoints", []), step)
            else:
                record = record.get(step)
        else:
            return None
    return record


def summary(value: Any, example: Any) -> Any:
    """An object in the words in which the case speaks of it."""
    if not isinstance(value, dict) or not isinstance(example, str):
        return value
    for fields in WORDS:
        if fields[0] in value:
            wanted = fields[: example.count("/") + 1]
            return "/".join(str(value.get(name)) for name in wanted)
    return value


def holds(found: Any, expectation: Expectation) -> bool:
    if expectation.operator == "~":
        return found is not None and expectation.value in found
    return bool(summary(found, expectation.value) == expectation.value)


def differences(record: dict[str, Any], expected: list[Expectation]) -> list[str]:
    """One line for each expectation that the record does not meet."""
    lines = []
    for expectation in expected:
        found = find(record, expectation.path)
        if not holds(found, expectation):
            where = expectation.path or "record"
            contains = "~" if expectation.operator == "~" else ""
            wanted = f"{contains}{json.dumps(expectation.value)}"
            got = json.dumps(summary(found, expectation.value))
            lines.append(f"{where}: expected {wanted}, got {got}")
    return lines
