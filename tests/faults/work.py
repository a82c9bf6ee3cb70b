"""What clients do while something fails, each in a session of its own, and what must come of it:
all of its rows and values, or an error and none of them.

Rows go into a table that the driver makes: ledger(work, n, v). Each n from 1 to the number of rows
has its v.
"""

import random
import socket
import threading
import time
from collections.abc import Callable
from itertools import pairwise

import psycopg

from cluster import Cluster

LEDGER = "CREATE TABLE ledger (work int, n int, v text); CREATE INDEX ON ledger (work)"
CODE = "((n::bigint * 7919) % 10007)::text"
PYTHON = """
InputDataSet["v"] = (InputDataSet["n"].astype("int64") * 7919 % 10007).astype(str)
OutputDataSet = InputDataSet
"""
R = """
OutputDataSet <- data.frame(n = InputDataSet$n, v = as.character((InputDataSet$n * 7919) %% 10007))
"""
SCRIPTS = {"Python": PYTHON, "R": R}
PAUSES = {"Python": "import time; time.sleep({})\n", "R": "Sys.sleep({})\n"}
RAISES = {"Python": "raise ValueError('meant')", "R": "stop('meant')"}


class WrongResult(AssertionError):
    """The worst that there is."""


class Work(threading.Thread):
    """One client's transaction. Afterwards `error` is what it ended in, or None."""

    def __init__(self, cluster: Cluster, number: int, chance: random.Random):
        super().__init__(daemon=True)
        self.cluster, self.number = cluster, number
        self.language = chance.choice(list(SCRIPTS))
        self.rows = chance.choice((1, 100, 5_000, 60_000))
        self.kind = chance.choice(KINDS)
        self.pause = chance.choice((0, 0.1, 0.3, 0.5))
        self.error: psycopg.Error | None = None
        self.wrong: str | None = None
        self.took = 0.0
        self.connection = cluster.connect()
        self.pid = self.connection.info.backend_pid

    def __str__(self):
        kind = self.kind.__name__
        return f"{kind}({self.language}, {self.rows} rows, pause {self.pause})"

    def run(self):
        began = time.monotonic()
        try:
            with self.connection.transaction():
                self.kind(self)
        except psycopg.Error as error:
            self.error = error
        except WrongResult as error:
            self.wrong = str(error)
        finally:
            self.connection.close()
            self.took = time.monotonic() - began

    def vanish(self):
        """The client goes without a word."""
        try:
            with socket.socket(fileno=self.connection.fileno()) as end:
                end.shutdown(socket.SHUT_RDWR)
                end.detach()
        except (OSError, psycopg.Error):
            pass  # it has ended

    def execute(self, statement: str, *values) -> psycopg.Cursor:
        return self.connection.execute(statement, values or None)

    @property
    def script(self) -> str:
        return PAUSES[self.language].format(self.pause) + SCRIPTS[self.language]

    def call(self, script: str | None = None, rows: int | None = None) -> str:
        query = f"SELECT g::int AS n FROM generate_series(1, {rows or self.rows}) AS g"
        return (
            f"execute_external_script('{self.language}', $s${script or self.script}$s$,"
            f" $q${query}$q$)"
        )

    def holds(self, what: str, found, expected):
        if found != expected:
            raise WrongResult(f"{self}: {what} is {found}, not {expected}")

    def verify(self):
        """All or nothing of what it inserts has been committed; if it has not failed, all."""
        if self.wrong:
            raise WrongResult(self.wrong)
        [(count, different, right)] = self.cluster.execute(
            f"SELECT count(*), count(DISTINCT n), count(*) FILTER (WHERE v = {CODE})"
            f" FROM ledger WHERE work = {self.number}"
        )
        self.holds("what each row has", right, count)
        self.holds("the number of different rows", different, count)
        whole = self.rows if self.kind in INSERTING else 0
        if self.error is None:
            self.holds("what was committed", count, whole)
        elif count != 0:
            # The connection broke when the commit was on its way.
            assert self.error.sqlstate is None or self.error.sqlstate.startswith("57P"), self.error
            self.holds("what was committed in part", count, whole)


def insert(work: Work):
    work.execute(
        f"INSERT INTO ledger SELECT {work.number}, n, v FROM {work.call()} AS t(n int, v text)"
    )


def insert_after_a_failure(work: Work):
    """A script of its own fails in a savepoint; the next call goes on."""
    try:
        with work.connection.transaction():
            call = work.call(RAISES[work.language])
            work.execute(
                f"INSERT INTO ledger SELECT {work.number}, n, v FROM {call} AS t(n int, v text)"
            )
        raise WrongResult(f"{work}: a script that raises has not failed")
    except psycopg.errors.ExternalRoutineException as error:
        if "meant" not in str(error):
            raise
    insert(work)


def insert_in_pieces(work: Work):
    """Each in a subtransaction of PL/pgSQL's."""
    parts = min(work.rows, 3)
    bounds = [work.rows * part // parts for part in range(parts + 1)]
    for low, high in pairwise(bounds):
        query = f"SELECT g::int AS n FROM generate_series({low + 1}, {high}) AS g"
        work.execute(
            f"""DO $do$ BEGIN
                BEGIN
                    INSERT INTO ledger SELECT {work.number}, n, v FROM execute_external_script(
                        '{work.language}', $s${work.script}$s$, $q${query}$q$) AS t(n int, v text);
                EXCEPTION WHEN division_by_zero THEN NULL;
                END;
            END $do$"""
        )


def procedure(work: Work):
    """A cursor over rows that spill, and a parameter that comes back."""
    query = f"SELECT g::int AS n FROM generate_series(1, {work.rows}) AS g"
    work.execute("SET LOCAL work_mem = '64kB'")
    add = {"Python": "k = k + 1\n", "R": "k <- k + 1\n"}[work.language]
    [(params, cursor)] = work.execute(
        "CALL sp_execute_external_script(%s, %s, %s, params => '{\"k\": 41}', result => 'c')",
        work.language,
        add + work.script,
        query,
    ).fetchall()
    work.holds("the parameter", (params["k"], cursor), (42, "c"))
    rows = work.execute("FETCH ALL FROM c").fetchall()
    expected = [(n, str(n * 7919 % 10007)) for n in range(1, work.rows + 1)]
    work.holds("the cursor's rows", rows == expected, True)


def spill(work: Work):
    work.execute("SET LOCAL work_mem = '64kB'")
    counted = work.execute(
        f"SELECT count(*), count(*) FILTER (WHERE v = {CODE}), sum(n)"
        f" FROM {work.call()} AS t(n int, v text)"
    ).fetchall()
    expected = (work.rows, work.rows, work.rows * (work.rows + 1) // 2)
    work.holds("what was counted", counted, [expected])


def speak(work: Work):
    """Messages beside the rows."""
    heard: list[str] = []
    work.connection.add_notice_handler(lambda notice: heard.append(notice.message_primary))
    lines = 500
    says = {
        "Python": f"for line in range({lines}): print('line', line)\n",
        "R": f"for (line in 0:{lines - 1}) cat('line', line, '\\n')\n",
    }
    rows = work.execute(
        f"SELECT count(*) FROM {work.call(says[work.language] + work.script)} AS t(n int, v text)"
    ).fetchall()
    work.holds("the number of rows", rows, [(work.rows,)])
    lines_heard = [line.strip() for text in heard for line in text.splitlines()]
    expected = [f"line {line}" for line in range(lines)]
    work.holds("what was heard", lines_heard == expected, True)


def nest(work: Work):
    """A call whose input query is one."""
    inner = f"SELECT n FROM {work.call(rows=100).replace('$q$', '$i$')} AS t(n int, v text)"
    inner = inner.replace("$s$", "$j$")
    rows = work.execute(
        f"SELECT n, v FROM execute_external_script('Python', $s${PYTHON}$s$, $q${inner}$q$)"
        " AS t(n int, v text)"
    ).fetchall()
    expected = [(n, str(n * 7919 % 10007)) for n in range(1, 101)]
    work.holds("the rows", rows == expected, True)


def begin_only(work: Work):
    """A cursor of which one row is fetched, and no more."""
    work.execute(f"DECLARE c CURSOR FOR SELECT * FROM {work.call()} AS t(n int, v text)")
    work.holds("the first row", work.execute("FETCH c").fetchall(), [(1, "7919")])
    work.execute("CLOSE c")


INSERTING = (insert, insert_after_a_failure, insert_in_pieces)
KINDS: tuple[Callable[[Work], None], ...] = (
    *INSERTING,
    procedure,
    spill,
    speak,
    nest,
    begin_only,
)
