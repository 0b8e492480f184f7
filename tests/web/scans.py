#!/usr/bin/python3
"""The scans that the browser tests look at: three epochs of a laboratory.

    scans.py [--build DIR] [--domains N] DSN FOLDER

Scans them into the database, which has the schema, and leaves the expected
verdicts and changes in FOLDER/0, 1, 2. Servers that never answer are left out:
they take time and show nothing that is not shown without them.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
LAB = HERE.parent / "lab"
sys.path.insert(0, str(LAB))

import certs  # noqa: E402
import epochs  # noqa: E402
from kinds import KINDS  # noqa: E402
from population import populate  # noqa: E402

SLOW = {"mx-timeout", "tlsa-timeout", "unreachable"}
LABELS = ("web-2026-01", "web-2026-02", "web-2026-03")
SCAN = """exec "$0" scan --root-hints "$LAB_HINTS" --trust-anchor "$LAB_ANCHOR" \
--ca-file "$LAB_ISSUERS" --allow-reserved --ehlo scanner.example --probe all \
--extras all --connect-timeout 120 --smtp-timeout 120 --dns-timeout 120 --retries 0 \
--per-address-interval 0 --per-network 1000 -q "$@" "$LAB_LIST" """


def scan(build: Path, dsn: str, folder: Path, epoch: int) -> None:
    command = [LAB / "lab.py", "--build", build, "run"]
    command += ["--world", folder / "world.json", "--", "sh", "-c", SCAN]
    command += [build / "danescan", "--db", dsn, "--label", LABELS[epoch]]
    subprocess.run(command, check=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, default=Path("build"))
    parser.add_argument("--domains", type=int, default=160)
    parser.add_argument("dsn")
    parser.add_argument("folder", type=Path)
    a = parser.parse_args()
    certs.keep_date()
    kinds = [kind for kind in KINDS if kind.verdict.reason not in SLOW]
    for epoch in range(epochs.LAST + 1):
        folder = a.folder / str(epoch)
        populate(kinds, a.domains, 1, 0.5, "smtp", epoch).save(folder)
        scan(a.build.resolve(), a.dsn, folder, epoch)
    return 0


if __name__ == "__main__":
    sys.exit(main())
