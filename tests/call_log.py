"""The lines about calls in a server's log."""

import json
import re
import shlex

import psycopg

from cluster import Cluster, wait_until


def fingerprint(script: str) -> str:
    """SQL for what log and statistics call it, as the documentation has it."""
    return f"left(encode(sha256(convert_to($x${script}$x$, 'UTF8')), 'hex'), 16)"


def records(cluster: Cluster) -> list[dict]:
    """The server's log; a line that is still being written is left out."""
    lines = (cluster.data / "log" / "server.json").read_text().split("\n")
    return [json.loads(line) for line in lines[:-1]]


def lines(cluster: Cluster) -> list[dict[str, str]]:
    """The lines about calls, taken apart."""
    found = []
    for record in records(cluster):
        message = record.get("message", "")
        if message.startswith("launchpad call: "):
            words = shlex.split(message.removeprefix("launchpad call: "))
            found.append(dict(word.split("=", 1) for word in words))
    return found


def line_of(cluster: Cluster, request: str) -> dict[str, str]:
    return wait_until(
        lambda: next((line for line in lines(cluster) if line["request"] == request), None)
    )


def request_of(error: psycopg.Error) -> str:
    return re.search(r"(?:Python|R) script, request ([0-9]+)", error.diag.context)[1]
