"""The examples of README and docs: reads them from the pages, and runs a page's from top to bottom.

A fence's first word is its language, the second one says how it is run:

    ```sql                run by psql, in one session until an example in another language comes
    ```sql error          the same; a statement must fail
    ```sql norun REASON   not run; REASON is one of NORUN
    ```sql matplotlib     run if scripts have that package; likewise ```sh run matplotlib
    ```python             run by the tests' interpreter, if it has what the example imports
    ```sh run             run by bash
    ```text               what the example before it prints; `…` stands for anything, also for lines

Other languages are only shown; SHOWN says why.
"""

import ast
import importlib.util
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from cluster import Cluster
from places import ROOT, places

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])
NORUN = {
    "signature": "what a routine looks like, not a statement",
    "pg_cron": "the tests' servers do not have that extension",
    "server": "changes the whole server, or needs a restart",
    "placeholder": "the reader has to put in names",
    "plpython": "for a server with PL/Python or PL/R",
}
SHOWN = {
    "ini": "a configuration file",
    "java": "no JDBC driver here",
    "mermaid": "a picture",
    "r": "no DBI driver here",
    "sh": "commands for a host",
    "text": "output",
    "tsql": "for SQL Server",
    "": "a picture, or lines of a log",
}
MARK = "-- example at line "


@dataclass
class Example:
    page: Path
    line: int
    language: str
    words: list[str]
    text: str
    output: str | None = None

    @property
    def runs(self) -> bool:
        if self.language == "sh":
            return self.words[:1] == ["run"]
        return self.language in ("sql", "python") and self.words[:1] != ["norun"]

    @property
    def place(self) -> str:
        return f"{self.page.relative_to(ROOT)}, line {self.line}"


def examples(page: Path) -> list[Example]:
    """All fences of a page, outputs beside what prints them."""
    found: list[Example] = []
    fence = re.compile(r"^```(\w*) *([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
    text = page.read_text()
    for match in fence.finditer(text):
        language, words, body = match.groups()
        if language == "text" and found and found[-1].runs and found[-1].output is None:
            found[-1].output = body
        else:
            line = text.count("\n", 0, match.start()) + 1
            found.append(Example(page, line, language, words.split(), body))
    return found


def missing(example: Example) -> set[str]:
    """Packages that a Python example imports and the interpreter lacks."""
    names = set()
    for node in ast.walk(ast.parse(example.text)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module)
    roots = {name.split(".")[0] for name in names}
    return {name for name in roots if not findable(name)}


def findable(name: str) -> bool:
    found = importlib.util.find_spec(name) is not None
    return found or any((folder / name).exists() for folder in packages())


def packages() -> list[Path]:
    """Where scripts' packages are (pandas): for examples, beside the tests' own (psycopg)."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    folder = Path(places("VENV")["VENV"]) / "lib" / version / "site-packages"
    return [folder] if folder.is_dir() else []


class Runner:
    """Runs examples against one database, in a folder that they can write to."""

    def __init__(self, cluster: Cluster, database: str, folder: Path, *, has_matplotlib: bool):
        self._folder = folder
        self._has_matplotlib = has_matplotlib
        self._psql = cluster.program("psql")
        self._environment = os.environ | {
            "PATH": f"{self._psql.parent}:{os.environ['PATH']}",
            "PGHOST": cluster.host,
            "PGPORT": str(cluster.port),
            "PGUSER": cluster.user,
            "PGDATABASE": database,
            "PYTHONPATH": ":".join(map(str, packages())),
            "PSQLRC": "/dev/null",
            "PSQL_PAGER": "",
        }

    def run(self, page: list[Example]) -> list[str]:
        """Runs them in order, the SQL of neighbours in one session; returns what was skipped."""
        skipped: list[str] = []
        session: list[Example] = []
        for example in page:
            if not example.runs:
                continue
            if "matplotlib" in example.words and not self._has_matplotlib:
                skipped.append(f"{example.place} needs matplotlib")
                continue
            if example.language == "sql":
                session.append(example)
                continue
            self._run_sql(session)
            session = []
            if example.language == "sh":
                self._run(example, ["bash", "-euo", "pipefail", "-s"])
            elif lacking := missing(example):
                skipped.append(f"{example.place} needs {', '.join(sorted(lacking))}")
            else:
                self._run(example, [sys.executable, "-"])
        self._run_sql(session)
        return skipped

    def _run(self, example: Example, command: list[str]):
        status, printed = self._process(command, example.text)
        assert status == 0, f"{example.place}:\n{printed}"
        compare(example, printed)

    def _run_sql(self, session: list[Example]):
        if not session:
            return
        script = ""
        for example in session:
            stop = "off" if "error" in example.words else "on"
            script += f"\\echo {MARK}{example.line}\n\\set ON_ERROR_STOP {stop}\n{example.text}\n"
        status, printed = self._process(["stdbuf", "-oL", self._psql, "-X", "-q"], script)
        outputs = re.split(rf"^{MARK}\d+\n", printed, flags=re.MULTILINE)[1:]
        assert status == 0, f"{session[len(outputs) - 1].place}:\n{outputs[-1:]}"
        for example, output in zip(session, outputs, strict=True):
            failed = re.search(r"^ERROR:", output, re.MULTILINE)
            assert bool(failed) == ("error" in example.words), f"{example.place}:\n{output}"
            compare(example, output)

    def _process(self, command: list, text: str) -> tuple[int, str]:
        done = subprocess.run(
            command,
            input=text,
            cwd=self._folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
            check=False,
        )
        return done.returncode, done.stdout


def compare(example: Example, printed: str):
    """With what the page shows; `…` stands for anything, on its own for any lines."""
    if example.output is None:
        return
    pattern = ""
    for line in trimmed(example.output):
        if line == "…":
            pattern += r"(?:.*\n)*?"
        else:
            pattern += r".*".join(re.escape(part) for part in line.split("…")) + r"\n"
    seen = "".join(f"{line}\n" for line in trimmed(printed))
    assert re.fullmatch(pattern, seen), f"{example.place} prints:\n{printed}"


def trimmed(text: str) -> list[str]:
    """Lines without blanks at their ends, without empty lines at the text's ends."""
    return [line.rstrip() for line in text.strip("\n").split("\n")]
