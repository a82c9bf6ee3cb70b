"""Ours: execute_external_script, in each of its languages."""

from dataset import QUERY, RECORD, summary
from description import Statement, System, Way


def call(language: str, script: str, query: str | None = None) -> str:
    query = f", $query${query}$query$" if query else ""
    return f"execute_external_script('{language}', $script${script}$script${query})"


def does(language: str, through: str, into: str, out: str, least: str) -> dict[str, Way]:
    """The works, by the scripts that do them."""
    smallest = Statement(f"SELECT * FROM {call(language, least)} AS t(n int4)")
    return {
        "through": Statement(summary(f"{call(language, through, QUERY)} AS t({RECORD})")),
        "into": Statement(
            f"SELECT * FROM {call(language, into, QUERY)} AS t(n int8, a float8, e float8)"
        ),
        "out": Statement(summary(f"{call(language, out)} AS t({RECORD})")),
        "now-and-then": smallest,
        "one-after-the-other": smallest,
    }


PYTHON = System(
    key="python",
    title="pg_launchpad, Python",
    needs="CREATE EXTENSION IF NOT EXISTS pg_launchpad",
    does=does(
        "Python",
        through="OutputDataSet = InputDataSet.assign(a = InputDataSet.a * 2)",
        into="OutputDataSet = [(len(InputDataSet), InputDataSet.a.sum(), InputDataSet.e.sum())]",
        out="""
id = numpy.arange(1, :rows + 1)
OutputDataSet = pandas.DataFrame(
    {'id': id, 'a': id / 3, 'b': id / 7, 'c': id / 11, 'd': id / 13, 'e': id / 17})
""",
        least="OutputDataSet = [(1,)]",
    ),
)

R = System(
    key="r",
    title="pg_launchpad, R",
    needs="CREATE EXTENSION IF NOT EXISTS pg_launchpad",
    does=does(
        "R",
        through="""
OutputDataSet <- InputDataSet
OutputDataSet$a <- OutputDataSet$a * 2
""",
        into="""
OutputDataSet <- with(InputDataSet, data.frame(n = length(id), a = sum(a), e = sum(e)))
""",
        out="""
id <- seq_len(:rows)
OutputDataSet <- data.frame(
    id = id, a = id / 3, b = id / 7, c = id / 11, d = id / 13, e = id / 17)
""",
        least="OutputDataSet <- data.frame(n = 1L)",
    ),
)
