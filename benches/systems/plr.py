"""PL/R as its manual has it: pg.spi.exec makes a data frame of the query, which runs the same
script as ours, and a function that returns a set gives one back. Cursors and columns turned into
text beforehand are not faster.

It writes numbers as text with 15 digits. Large ones would become 1e+05, which is no int8: hence
as.integer, or where that is too small, scipen.
"""

import jobs.r
from description import Job, Statement, System, Way
from works import R_PACKAGES, ways

from .function import function

NEEDS = "CREATE EXTENSION IF NOT EXISTS plr"

# What a result needs before PL/R can write it.
WRITABLE = {
    "through": "OutputDataSet$id <- as.integer(OutputDataSet$id)\n",
    "mixed": "options(scipen = 100)\n",
}


def way(job: Job) -> Way:
    read = f'InputDataSet <- pg.spi.exec("{job.query}")\n' if job.query else ""
    # A bytea is unserialized on its way in.
    script = jobs.r.SCRIPTS[job.key].replace("unserialize(model)", "model")
    return function(job, "plr", f"{read}{script}{WRITABLE.get(job.key, '')}return(OutputDataSet)")


SMALLEST = Statement(
    "SELECT pg_temp.least()",
    "CREATE OR REPLACE FUNCTION pg_temp.least() RETURNS int4 LANGUAGE plr AS"
    " $$return(as.integer(1))$$",
)

PLR = System(
    key="plr",
    title="PL/R",
    beside="r",
    needs=NEEDS,
    does={
        **ways(way, "through", "into", "out", "texts", "mixed", "training", "grouped", *R_PACKAGES),
        "now-and-then": SMALLEST,
        "one-after-the-other": SMALLEST,
    },
    calls=40,
)
