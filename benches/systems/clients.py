"""Programs outside the server, which fetch the rows and send back what they make of them.

Over ADBC: an Arrow table, a pandas frame of it as a script gets it, the same script, adbc_ingest
into a temporary table. A numeric would come as text: what a user would do is to cast it in the
query, to float8, which is what our scripts get as well.

With psycopg: fetchall, which makes Python's objects, a frame of these, the same script, and COPY of
one tuple after the other.

And none: the same job in a process that has its rows already and has done it before. This is what
the job itself takes in Python.
"""

from dataclasses import replace

import jobs.python
from description import Job, System, Way
from programs import Client, Exercised
from works import ways


def over_adbc(job: Job) -> Way:
    query = job.query.replace(" amount ", " amount::float8 AS amount ")
    return Client("over_adbc", replace(job, query=query), jobs.python.SCRIPTS[job.key])


def over_psycopg(job: Job) -> Way:
    return Client("over_psycopg", job, jobs.python.SCRIPTS[job.key])


def exercised(job: Job) -> Way:
    return Exercised("exercised", job, jobs.python.SCRIPTS[job.key])


ADBC = System(
    key="adbc",
    title="a client with ADBC",
    does=ways(over_adbc, "through", "into", "out", "texts", "mixed", "training", "grouped"),
)

PSYCOPG = System(
    key="psycopg",
    title="a client with psycopg",
    does=ways(over_psycopg, "through", "into", "out", "texts"),
)

EXERCISED = System(
    key="exercised",
    title="an exercised Python process that has the rows",
    does=ways(exercised, "grouped"),
)
