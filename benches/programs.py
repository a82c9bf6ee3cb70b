"""Ways that are processes of their own: programs that start and end, and clients that stay."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg

from description import Answer, Job, Question

CLIENTS = Path(__file__).resolve().parent / "clients"


class ClientError(Exception):
    """What a client says went wrong, or that it is gone."""


def interpreter(session: psycopg.Connection) -> str:
    """The one that scripts run in."""
    (python,) = session.execute("SELECT current_setting('launchpad.python')").fetchone()
    return python


class Program:
    """A process that is started and ends. `{python}` stands for the scripts' interpreter."""

    def __init__(self, *arguments: str):
        self._arguments = arguments
        self._command: list[str] = []

    def prepare(self, session: psycopg.Connection, question: Question) -> None:
        python = interpreter(session)
        self._command = [argument.format(python=python) for argument in self._arguments]

    def run(self, session: psycopg.Connection, question: Question) -> Answer:
        subprocess.run(
            self._command,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        return None

    def tidy(self, session: psycopg.Connection) -> None:
        pass

    def finish(self) -> None:
        pass


class Client:
    """A process that stays and does the same job again and again: a program of clients/, spoken
    with in lines of JSON (see clients/serving.py). It runs in the interpreter that this one runs
    in.
    """

    def __init__(self, program: str, job: Job, script: str):
        self._program = program
        self._job = job
        self._script = script
        self._process: subprocess.Popen | None = None
        self._errors = None

    def prepare(self, session: psycopg.Connection, question: Question) -> None:
        self._start(sys.executable, {}, question)

    def _start(self, python: str, held: dict[str, list], question: Question) -> None:
        self._errors = tempfile.TemporaryFile("w+", errors="replace")
        self._process = subprocess.Popen(
            [python, CLIENTS / f"{self._program}.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
        )
        task = {
            "query": question.put(self._job.query),
            "record": self._job.record,
            "script": question.put(self._script),
            "stays": self._job.stays,
            "held": held,
        }
        self._ask(task)

    def run(self, session: psycopg.Connection, question: Question) -> Answer:
        rows = self._ask({"summary": question.summary})
        return (len(rows), *map(sum, zip(*rows, strict=True))) if self._job.stays else tuple(*rows)

    def tidy(self, session: psycopg.Connection) -> None:
        self._hear()

    def finish(self) -> None:
        if self._process is None:
            return
        self._process.stdin.close()  # by which it knows
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._errors.close()
        self._process = None

    def _ask(self, message: dict) -> list:
        try:
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # why, its errors tell
        return self._hear()

    def _hear(self) -> list:
        line = self._process.stdout.readline()
        if not line:
            self._errors.seek(0)
            said = self._errors.read().strip().splitlines()
            raise ClientError(said[-1] if said else f"{self._program} ended by itself")
        heard = json.loads(line)
        if isinstance(heard, dict):
            raise ClientError(heard["error"])
        return heard


class Exercised(Client):
    """A process of the scripts' interpreter that holds the job's rows in its memory beforehand."""

    def prepare(self, session: psycopg.Connection, question: Question) -> None:
        cursor = session.execute(question.put(self._job.query))
        names = [column.name for column in cursor.description]
        columns = (list(column) for column in zip(*cursor.fetchall(), strict=True))
        self._start(interpreter(session), dict(zip(names, columns, strict=True)), question)
