"""Random tables of every type through a script that returns its input: nothing may differ.

Known losses, which the tables avoid: NaN is NULL for a script; infinite dates and timestamps,
timestamps after the year 294246, NaN and infinite decimals and 24:00:00 have no counterpart in
Arrow; launchpad.numeric = float8 keeps fifteen digits; in the flavour "numpy" a bigint beyond 2^53
next to a NULL becomes a double. R's numbers are doubles: bigint is exact to 2^53, moments within
the centuries around 1970; a composite of nothing but NULL is NULL, and of composites it has no
arrays of several dimensions. Neither has Arrow, of anything.
"""

import os
import random
import uuid
from collections.abc import Callable
from decimal import Decimal

import psycopg
import pytest

from places import has_xml, places

SEED = int(os.environ.get("ROUND_TRIP_SEED", "0")) or random.SystemRandom().randrange(1 << 32)
ROWS = 60

Maker = Callable[[random.Random], str]
LETTERS = "aZ09 ,;'\"\\{}()\n\tä☃𝄞"


def integer(bits: int) -> Maker:
    most = 1 << (bits - 1)
    return lambda r: str(r.choice([-most, most - 1, 0, -1, r.randrange(-most, most)]))


def decimal(precision: int, scale: int) -> Maker:
    most = 10**precision - 1

    def make(r: random.Random) -> str:
        value = r.choice([most, -most, 0, 1, r.randrange(-most, most)])
        digits = tuple(map(int, str(abs(value))))
        return f"{Decimal((int(value < 0), digits, -scale)):f}"

    return make


# Around the longest varlena with a header of one byte.
SHORT_MOST = [125, 126, 127, 128]


def text(r: random.Random) -> str:
    if r.random() < 0.2:
        return "x" * r.choice(SHORT_MOST)
    return "".join(r.choices(LETTERS, k=r.choice([0, 1, 5, 50])))


def word(r: random.Random) -> str:
    return "".join(r.choices("aä☃", k=r.randrange(5)))


def date(r: random.Random) -> str:
    return r.choice(["4713-01-01 BC", "9999-12-31", "0001-01-01", "2000-02-29", modern_date(r)])


def modern_date(r: random.Random) -> str:
    return f"{r.randrange(1, 10000):04}-{r.randrange(1, 13):02}-{r.randrange(1, 29):02}"


def clock(r: random.Random) -> str:
    last = r.choice([0, 999_999, r.randrange(1_000_000)])
    return f"{r.randrange(24):02}:{r.randrange(60):02}:{r.randrange(60):02}.{last:06}"


def moment(r: random.Random) -> str:
    return r.choice(["294246-12-31 23:59:59.999999", f"{modern_date(r)} {clock(r)}"])


def modern_moment(r: random.Random) -> str:
    return f"{modern_date(r)} {clock(r)}"


def zoned(r: random.Random) -> str:
    return f"{modern_moment(r)}{r.choice(['+00', '-11:30', '+05:45'])}"


def span(r: random.Random) -> str:
    months = r.choice([0, 0, r.randrange(-(2**31), 2**31)])
    days = r.choice([0, 2**31 - 1, r.randrange(-1000, 1000)])
    return f"{months} mons {days} days {r.randrange(-(10**15), 10**15)} microseconds"


def days_and_hours(r: random.Random) -> str:
    return f"{r.randrange(-9999, 9999)} days {r.randrange(-(10**12), 10**12)} microseconds"


def real(r: random.Random) -> str:
    return r.choice(["Infinity", "-Infinity", "3.4e38", "1.2e-38", "-0.1", str(r.gauss(0, 1e6))])


def double(r: random.Random) -> str:
    extremes = ["Infinity", "-Infinity", "1.7976931348623157e308", "5e-324", "0.1"]
    return r.choice([*extremes, repr(r.gauss(0, 1e6))])


def octets(r: random.Random) -> str:
    return "\\x" + r.randbytes(r.choice([0, 1, 40, *SHORT_MOST])).hex()


def array(element: Maker, shapes: list[list[int]] | None = None) -> Maker:
    def level(r: random.Random, lengths: list[int]) -> str:
        if lengths:
            return "{" + ",".join(level(r, lengths[1:]) for _ in range(lengths[0])) + "}"
        return quoted(nullable(element)(r), "NULL")

    return lambda r: level(r, r.choice(shapes or [*LISTS, *GRIDS]))


# The lengths of an array's dimensions.
LISTS = [[0], [1], [2], [7]]
GRIDS = [[1, 1], [2, 3], [3, 1, 2], [1, 1, 1, 1, 1, 2]]


def composite(*fields: Maker) -> Maker:
    def make(r: random.Random) -> str:
        items = (nullable(field)(r) for field in fields)
        return "(" + ",".join(quoted(item, "") for item in items) + ")"

    return make


def quoted(item: str | None, null: str) -> str:
    if item is None:
        return null
    return '"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"'


def nullable(maker: Maker) -> Maker:
    return lambda r: None if r.random() < 0.2 else maker(r)


def one_of(*values: str) -> Maker:
    return lambda r: r.choice(values)


SETUP = """
CREATE TYPE pg_temp.mood AS ENUM ('sad', 'ok', 'Über');
CREATE TYPE pg_temp.pair AS (n bigint, t text);
CREATE TYPE pg_temp.deep AS
    (p pg_temp.pair, ps pg_temp.pair[], d date, x numeric(40,10), v interval);
CREATE DOMAIN pg_temp.small AS numeric(5,2) CHECK (VALUE < 1000);
CREATE DOMAIN pg_temp.few AS int[] CHECK (cardinality(VALUE) < 8);
"""
PAIR = composite(integer(64), text)

TYPES: dict[str, Maker] = {
    "boolean": one_of("t", "f"),
    "smallint": integer(16),
    "integer": integer(32),
    "bigint": integer(64),
    "oid": one_of("0", "4294967295", "77"),
    "real": real,
    "double precision": double,
    "text": text,
    "varchar(5)": word,
    "char(5)": word,
    '"char"': one_of("a", "z"),
    "name": one_of("a", "", "a name with blanks"),
    "bytea": octets,
    "uuid": lambda r: str(uuid.UUID(int=r.getrandbits(128))),
    "json": one_of("null", "[1, 2]", '{"a":  1}', '"☃"'),
    "jsonb": one_of("null", "[1, 2]", '{"a": 1.50}', '"☃"'),
    "xml": one_of("<a/>", "text"),
    "inet": one_of("10.0.0.1", "::1/64"),
    "macaddr": one_of("08:00:2b:01:02:03"),
    "bit varying": one_of("", "1011"),
    "point": one_of("(1.5,-2)"),
    "tsvector": one_of("'a':1 'b':2", ""),
    "int4range": one_of("[1,5)", "empty", "(,)"),
    "datemultirange": one_of("{}", "{[2000-01-01,2000-02-01)}"),
    "money": one_of("$1.00", "-$92,233,720,368,547,758.08"),
    "int2vector": one_of("", "1 2"),
    "date": date,
    "timestamp": moment,
    "timestamptz": zoned,
    "time": clock,
    "timetz": lambda r: clock(r) + r.choice(["+00", "-12:30", "+14"]),
    "interval": span,
    "interval /* without months */": days_and_hours,
    "numeric": one_of("0", "1e300", "-1e-300", "NaN", "Infinity", "123.4500"),
    "numeric(10,2)": decimal(10, 2),
    "numeric(38,0)": decimal(38, 0),
    "numeric(38,38)": decimal(38, 38),
    "numeric(39,1)": decimal(39, 1),
    "numeric(76,40)": decimal(76, 40),
    "numeric(100,50)": decimal(100, 50),
    "numeric(3,-2)": one_of("99900", "-100", "0"),
    "numeric(2,4)": one_of("0.0099", "-0.0001"),
    "pg_temp.mood": one_of("sad", "ok", "Über"),
    "pg_temp.small": decimal(5, 2),
    "pg_temp.few": array(integer(32)),
    "pg_temp.pair": PAIR,
    "pg_temp.deep": composite(PAIR, array(PAIR), modern_date, decimal(40, 10), span),
    "boolean[]": array(one_of("t", "f")),
    "integer[]": array(integer(32)),
    "bigint[]": array(integer(64)),
    "double precision[]": array(double),
    "text[]": array(text),
    "bytea[]": array(octets),
    "date[]": array(date),
    "time[]": array(clock),
    "timestamp[]": array(moment),
    "timestamptz[]": array(zoned),
    "interval[]": array(span),
    "uuid[]": array(lambda r: str(uuid.UUID(int=r.getrandbits(128)))),
    "numeric(10,2)[]": array(decimal(10, 2)),
    "pg_temp.pair[]": array(PAIR),
    "varchar(5)[]": array(word),
}

if not has_xml(places("PG_CONFIG")["PG_CONFIG"]):
    del TYPES["xml"]

# What launchpad.numeric makes a difference to.
EXACT = [name for name in TYPES if "numeric" in name or name in ("pg_temp.small", "pg_temp.deep")]

# xml, json and point have no equality of their own: compared as text.
CAST = {"xml", "json", "point"}


def fits_doubles(name: str, values: list[str | None]) -> bool:
    """Whether launchpad.numeric = float8 keeps them."""
    exact = all(value is None or len(value.strip("-0.")) <= 15 for value in values)
    return "pg_temp.deep" not in name and ("numeric" not in name or exact)


ECHO = {"Python": "OutputDataSet = InputDataSet", "R": "OutputDataSet <- InputDataSet"}


def compare(connection, name: str, values: list[str | None], language="Python") -> str | None:
    """What differs after the trip, if anything does."""
    kind = name.split("/*")[0]
    connection.execute("DROP TABLE IF EXISTS pg_temp.there, pg_temp.back")
    connection.execute(f"CREATE TABLE pg_temp.there (id integer, v {kind})")
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO pg_temp.there VALUES (%s, %s::text::{kind})", list(enumerate(values))
        )
    try:
        connection.execute(
            f"""CREATE TABLE pg_temp.back AS SELECT * FROM execute_external_script(
                '{language}', '{ECHO[language]}', 'TABLE pg_temp.there')
                AS t(id integer, v {kind})"""
        )
    except psycopg.Error as error:
        return f"{name}: {error}"
    cast = "::text" if kind in CAST else ""
    for one, other in (("there", "back"), ("back", "there")):
        differ = connection.execute(
            f"""SELECT id, v::text FROM (SELECT id, v{cast} AS v FROM pg_temp.{one}
                EXCEPT ALL SELECT id, v{cast} FROM pg_temp.{other}) AS d"""
        ).fetchall()
        if differ:
            return f"{name}: only in {one}: {differ[:3]}"
    return None


def random_values(name: str, flavour: str, r: random.Random) -> list[str | None]:
    maker = TYPES[name]
    lossy = flavour == "numpy" and name == "bigint"
    return [(maker if lossy else nullable(maker))(r) for _ in range(ROWS)]


def prepare(connection, numeric: str):
    print(f"ROUND_TRIP_SEED={SEED}")
    # The same statements, over tables of changing types.
    connection.prepare_threshold = None
    connection.execute(SETUP)
    connection.execute(f"SET launchpad.numeric = '{numeric}'")
    connection.execute("SET timezone = 'Asia/Kathmandu'")
    connection.execute("SET lc_monetary = 'C'")


def exact_integer(r: random.Random) -> str:
    return str(r.choice([-(2**53), 2**53, 0, r.randrange(-(2**53), 2**53)]))


def moment_of_doubles(r: random.Random) -> str:
    return f"{r.randrange(1700, 2240)}-{r.randrange(1, 13):02}-{r.randrange(1, 29):02} {clock(r)}"


def whole_pair(r: random.Random) -> str:
    # R has no NULL of a whole row but one of nothing but NA.
    return composite_of(exact_integer(r), nullable(text)(r))


def composite_of(*items: str | None) -> str:
    return "(" + ",".join(quoted(item, "") for item in items) + ")"


# What R's doubles hold of these types.
FOR_R: dict[str, Maker] = {
    "bigint": exact_integer,
    "bigint[]": array(exact_integer),
    "timestamp": moment_of_doubles,
    "timestamptz": lambda r: moment_of_doubles(r) + r.choice(["+00", "-11:30", "+05:45"]),
    "timestamp[]": array(moment_of_doubles),
    "timestamptz[]": array(lambda r: moment_of_doubles(r) + "+00"),
    "pg_temp.pair": whole_pair,
    "pg_temp.pair[]": array(whole_pair, LISTS),
    "pg_temp.deep": lambda r: composite_of(
        whole_pair(r), array(whole_pair, LISTS)(r), modern_date(r), decimal(40, 10)(r), span(r)
    ),
}


@pytest.mark.parametrize("numeric", ["float8", "decimal", "text"])
def test_random_tables_through_r(connection, numeric):
    prepare(connection, numeric)
    failures = []
    for name in TYPES if numeric == "decimal" else EXACT:
        r = random.Random(f"{SEED} R {name}")
        maker = FOR_R.get(name, TYPES[name])
        values = [nullable(maker)(r) for _ in range(ROWS)]
        if numeric == "float8" and name == "numeric":
            values = ["0", "1.5", None, "123.4500", "-1e20"]
        elif numeric == "float8" and not fits_doubles(name, values):
            continue
        failures += [compare(connection, name, table, "R") for table in (values, [], [None, None])]
    assert not any(failures), "\n".join(filter(None, failures))


@pytest.mark.parametrize("numeric", ["float8", "decimal", "text"])
@pytest.mark.parametrize("flavour", ["numpy", "nullable", "pyarrow"])
def test_random_tables(connection, numeric, flavour):
    prepare(connection, numeric)
    connection.execute(f"SET launchpad.python_types = '{flavour}'")
    failures = []
    for name in TYPES if numeric == "decimal" else EXACT:
        # A seed of its own: each type's table is the same whatever the others are.
        r = random.Random(f"{SEED} {name}")
        values = random_values(name, flavour, r)
        if flavour == "pyarrow":
            # Arrow's lists have one dimension.
            values = [value for value in values if "{{" not in (value or "")]
        if numeric == "float8" and name == "numeric":
            # A double has no more than this of them.
            values = ["0", "1.5", None, "123.4500", "-1e20"]
        elif numeric == "float8" and not fits_doubles(name, values):
            continue
        failures += [compare(connection, name, table) for table in (values, [], [None, None])]
    assert not any(failures), "\n".join(filter(None, failures))
