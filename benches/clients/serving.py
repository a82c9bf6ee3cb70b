"""How a client is spoken with: a line of JSON in, a line of JSON out, until its input ends.

The first line in is the task, answered by `[]` once all is ready; each further one asks for a run,
and is answered by the rows that were found and, after tidying, by `[]`. An object with `error` is a
failure.
"""

import json
import sys
from collections.abc import Callable
from typing import Protocol

import numpy
import pandas


class Kind(Protocol):
    """What a client can do; made from the task."""

    def fetch(self) -> pandas.DataFrame | None:
        """The rows that the script reads, as it gets them; None if it reads none."""

    def stored(self, result: pandas.DataFrame, summary: str) -> list:
        """Puts the frame's rows into the server, and asks for their summary."""

    def tidy(self) -> None:
        """After each run."""


def serve(kind: Callable[[dict], Kind]) -> None:
    try:
        task = json.loads(sys.stdin.readline())
        client = kind(task)
        script = compile(task["script"], "script", "exec")
        say([])
        for line in sys.stdin:
            names = {"numpy": numpy, "pandas": pandas, "InputDataSet": client.fetch()}
            exec(script, names)
            result = names["OutputDataSet"]
            if isinstance(result, list):
                say([list(row) for row in result])
            elif task["stays"]:
                say(list(zip(*(result[name].tolist() for name in result), strict=True)))
            else:
                say([client.stored(result, json.loads(line)["summary"])])
            del names, result  # the next run is not to need twice the memory
            client.tidy()
            say([])
    except Exception as error:
        say({"error": (str(error).strip() or type(error).__name__).splitlines()[0]})


def say(message: list | dict) -> None:
    # numpy's numbers are numbers too.
    print(json.dumps(message, default=lambda number: number.item()), flush=True)
