"""The benchmark, on the cluster that the environment names: see benches/run.

Exit status 1 when a system failed at a work; the tables and the JSON say which, and why.
"""

import argparse
import datetime
import json
import re
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import figures
import machine
import report
import targets
from description import Work
from measure import Result, connect, measure
from systems import SYSTEMS
from works import WORKS

RESULTS = Path(__file__).resolve().parent / "results"


def arguments() -> argparse.Namespace:
    def picked(described):
        known = {each.key: each for each in described}

        def pick(text: str) -> list:
            names = text.split(",")
            if unknown := set(names) - set(known):
                raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: not of {', '.join(known)}")
            return [each for key, each in known.items() if key in names]

        return pick

    def number(text: str) -> int:
        if int(text) < 1:
            raise argparse.ArgumentTypeError("at least 1")
        return int(text)

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the rows, 3 rounds")
    parser.add_argument("--rows", type=number, help="1000000, or 100000 with --quick")
    parser.add_argument("--rounds", type=number, help="turns of each system: 5, or 3 with --quick")
    parser.add_argument("--works", type=picked(WORKS), default=WORKS, help="some, with commas")
    parser.add_argument(
        "--systems", type=picked(SYSTEMS), default=SYSTEMS, help="some, with commas"
    )
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder for the JSON")
    chosen = parser.parse_args()
    chosen.rows = chosen.rows or (100_000 if chosen.quick else 1_000_000)
    chosen.rounds = chosen.rounds or (3 if chosen.quick else 5)
    return chosen


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def load(works: list[Work], rows: int) -> None:
    """The tables that these works need."""
    datasets = {work.job.dataset.table: work.job.dataset for work in works if work.job.dataset}
    with connect() as session:
        session.execute("CREATE EXTENSION IF NOT EXISTS pg_launchpad")
        for table, dataset in datasets.items():
            say(f"loading {table}: {dataset.rows(rows):,} rows")
            dataset.load(session, rows)


def measured(chosen: argparse.Namespace) -> Iterator[list[Result]]:
    """All results so far, more with each of the works that are measured together."""
    results = []
    for _, works in groupby(chosen.works, key=lambda work: (work.name, work.table)):
        results += measure(list(works), chosen.systems, chosen.rows, chosen.rounds, say)
        yield results


def as_json(record: dict) -> str:
    """Lists of numbers on a line."""
    text = json.dumps(record, indent=1, ensure_ascii=False)
    return re.sub(r"(?<=\[)[-+.e\d,\s]+(?=\])", lambda m: " ".join(m[0].split()), text) + "\n"


def main() -> int:
    chosen = arguments()
    date = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    commit = machine.commit()
    about = machine.machine()
    if about["load"] > 0.5:
        say(f"something else is busy: the load is {about['load']}, and the numbers will show it")
    load(chosen.works, chosen.rows)
    chosen.results.mkdir(parents=True, exist_ok=True)
    file = chosen.results / f"{date:%Y%m%dT%H%M%SZ}-{commit or 'unknown'}-{chosen.rows}.json"
    for results in measured(chosen):  # an interrupted run leaves what it has
        with connect() as session:
            versions = machine.versions(session)
        done = [work for work in chosen.works if any(each.work is work for each in results)]
        works = figures.works(done, SYSTEMS, results, chosen.rows, about["cores"])
        record = {
            "date": date.isoformat(),
            "commit": commit,
            "machine": about,
            "versions": versions,
            "rows": chosen.rows,
            "rounds": chosen.rounds,
            "works": works,
            "targets": targets.lines(works),
        }
        file.write_text(as_json(record))

    print(report.text(record))
    say(f"every number is in {file}")
    failed = sum(result.failure is not None for result in results)
    if failed:
        say(f"{failed} of the results are failures")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
