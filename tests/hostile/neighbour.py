"""Another role's call, which runs all the time next to the hostile scripts and must not notice."""

import psycopg

import modes
import processes
from calls import RunningCall
from cluster import Cluster

# Its secrets are in memory and in its work folder; it ends with an error when either changes.
SCRIPT = """
import os, time
secret = {secret!r}
kept = bytearray(secret.encode())
with open("neighbour", "w") as file: file.write(secret)
def look():
    return [sorted(os.listdir(folder)) for folder in {folders!r}]
before = look()
while True:
    time.sleep(0.05)
    assert kept.decode() == open("neighbour").read() == secret, "the secret has changed"
    assert before == look(), "files have changed"
"""


class Neighbour(RunningCall):
    def __init__(self, cluster: Cluster, secret: str):
        folders = ["."] if modes.MODE == "container" else ["/job", "/tmp"]
        # In a session of its own role; the rest is as for any running call.
        super().__init__(
            cluster,
            SCRIPT.format(secret=secret, folders=folders),
            setup="SET SESSION ROLE neighbour",
        )
        line = self.wait_for("running")
        self.satellite = line["satellite_pid"]

    def state(self) -> tuple:
        """Which process it is and whether it runs; changes when anything befalls it."""
        found = processes.read(self.satellite)
        return (found and found.started, self.is_alive() or self.outcome)

    def finish(self):
        """It runs untouched to the end that its own user gives it."""
        self.connection.cancel()
        assert isinstance(self.error(), psycopg.errors.QueryCanceled)
