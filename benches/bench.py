"""The benchmark, on the cluster that the environment names: see benches/run.

Exit status 1 when a system failed at a work; the tables and the JSON say which, and why.
"""

import argparse
import datetime
import json
import sys
from pathlib import Path

import dataset
import machine
from description import Work
from measure import connect, measure
from report import table, work_figures
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
    parser.add_argument("--quick", action="store_true", help="a tenth of the rows")
    parser.add_argument("--rows", type=number, help="1000000, or 100000 with --quick")
    parser.add_argument("--rounds", type=number, default=5, help="turns of each system: 5")
    parser.add_argument("--works", type=picked(WORKS), default=WORKS, help="some, with commas")
    parser.add_argument(
        "--systems", type=picked(SYSTEMS), default=SYSTEMS, help="some, with commas"
    )
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder for the JSON")
    chosen = parser.parse_args()
    chosen.rows = chosen.rows or (100_000 if chosen.quick else 1_000_000)
    return chosen


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def tables(works: list[Work], found: dict[str, dict], rows: int) -> str:
    titles = dict.fromkeys(work.table for work in works)
    keys = [system.key for system in SYSTEMS]
    return "\n\n".join(
        table(
            title.format(rows=f"{rows:,}"),
            [found[work.key] for work in works if work.table == title],
            keys,
        )
        for title in titles
    )


def main() -> int:
    chosen = arguments()
    date = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    commit = machine.commit()
    with connect() as session:
        session.execute("CREATE EXTENSION IF NOT EXISTS pg_launchpad")
        say(f"loading {chosen.rows} rows")
        dataset.load(session, chosen.rows)

    found = {}
    for work in chosen.works:
        results = measure(work, chosen.systems, chosen.rows, chosen.rounds, say)
        found[work.key] = work_figures(work, results)

    with connect() as session:
        versions = machine.versions(session)
    record = {
        "date": date.isoformat(),
        "commit": commit,
        "machine": machine.machine(),
        "versions": versions,
        "rows": chosen.rows,
        "rounds": chosen.rounds,
        "works": list(found.values()),
    }
    chosen.results.mkdir(parents=True, exist_ok=True)
    file = chosen.results / f"{date:%Y%m%dT%H%M%SZ}-{commit or 'unknown'}-{chosen.rows}.json"
    file.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n")

    print(tables(chosen.works, found, chosen.rows))
    print()
    about = machine_line(record)
    print(about)
    say(f"every number is in {file}")
    failed = sum(r["failure"] is not None for work in found.values() for r in work["results"])
    if failed:
        say(f"{failed} of the results are failures")
    return 1 if failed else 0


def machine_line(record: dict) -> str:
    """The sentence under the tables."""
    of = record["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in record["versions"].items())
    return (
        f"{record['date'][:10]}, commit {record['commit']}, {record['rounds']} rounds;"
        f" {of['cores']} cores of {of['processor']}, {of['memory_gb']} GB,"
        f" Linux {of['kernel']}; {versions}."
    )


if __name__ == "__main__":
    sys.exit(main())
