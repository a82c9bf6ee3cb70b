"""Every kind of value that NumPy, pandas, Arrow, polars, duckdb and R have, and what becomes of it
in the type that a user would declare: values by the tables below, or an error that says what is
wrong.

Each row: an expression for one column, its declared type, and the texts that come back or the words
of the error.
"""

import os
from collections.abc import Iterator

import psycopg
import pytest

from cluster import Cluster
from places import places

PYTHON = f"{places('LIBRARIES_VENV')['LIBRARIES_VENV']}/bin/python"

IMPORTS = "import datetime, decimal, enum, fractions, ipaddress, pathlib, uuid, pyarrow as pa\n"
MOMENT = "2024-02-29 12:34:56.789012"

NUMPY = [
    ("numpy.array([True, False])", "boolean", ["true", "false"]),
    ("numpy.array([1, -128], 'i1')", "smallint", ["1", "-128"]),
    ("numpy.array([1, -2**15], 'i2')", "smallint", ["1", "-32768"]),
    ("numpy.array([1, -2**31], 'i4')", "int", ["1", "-2147483648"]),
    ("numpy.array([1, -2**63], 'i8')", "bigint", ["1", "-9223372036854775808"]),
    ("numpy.array([1, 255], 'u1')", "int", ["1", "255"]),
    ("numpy.array([1, 2**16 - 1], 'u2')", "int", ["1", "65535"]),
    ("numpy.array([1, 2**32 - 1], 'u4')", "bigint", ["1", "4294967295"]),
    ("numpy.array([1, 2**64 - 1], 'u8')", "numeric", ["1", "18446744073709551615"]),
    ("numpy.array([1, 2**64 - 1], 'u8')", "bigint", "bigint out of range"),
    ("numpy.array([1.5, numpy.nan], 'f2')", "real", ["1.5", None]),
    ("numpy.array([0.1, numpy.nan], 'f4')", "real", ["0.1", None]),
    ("numpy.array([0.1, numpy.inf], 'f8')", "float8", ["0.1", "Infinity"]),
    ("numpy.array([0.5, numpy.nan], 'longdouble')", "float8", ["0.5", None]),
    ("numpy.array([1, 258], '>i4')", "int", ["1", "258"]),
    ("numpy.array([1.5], '>f8')", "float8", ["1.5"]),
    ("numpy.array([1 + 2j])", "float8", "complex128"),
    ("numpy.array(['2024-02-29', 'NaT'], 'M8[D]')", "date", ["2024-02-29", None]),
    ("numpy.array(['2024-02', 'NaT'], 'M8[M]')", "date", ["2024-02-01", None]),
    ("numpy.array(['2024', 'NaT'], 'M8[Y]')", "date", ["2024-01-01", None]),
    ("numpy.array(['2024-02-29T12', 'NaT'], 'M8[h]')", "timestamp", ["2024-02-29 12:00:00", None]),
    ("numpy.array(['2024-02-29T12:34:56'], 'M8[s]')", "timestamp", ["2024-02-29 12:34:56"]),
    (
        "numpy.array(['2024-02-29T12:34:56.789'], 'M8[ms]')",
        "timestamp",
        ["2024-02-29 12:34:56.789"],
    ),
    (f"numpy.array(['{MOMENT}'], 'M8[us]')", "timestamp", [MOMENT]),
    (f"numpy.array(['{MOMENT}345'], 'M8[ns]')", "timestamp", [MOMENT]),
    ("numpy.array([90, 'NaT'], 'm8[s]')", "interval", ["00:01:30", None]),
    ("numpy.array([1500], 'm8[ms]')", "interval", ["00:00:01.5"]),
    ("numpy.array([2], 'm8[D]')", "interval", ["2 days"]),
    ("numpy.array(['a', 'ä☃'])", "text", ["a", "ä☃"]),
    ("numpy.array([b'a', b'\\xff'])", "bytea", ["\\x61", "\\xff"]),
    ("numpy.array([b'ab'], 'V2')", "bytea", "|V2"),
    ("numpy.array([1, None, 2], object)", "int", ["1", None, "2"]),
    ("numpy.array([[1], [2]])", "int", ["1", "2"]),
    ("numpy.ma.array([1, 2], mask=[False, True])", "int", ["1", None]),
    ("numpy.arange(2)[::-1]", "int", ["1", "0"]),
    ("numpy.broadcast_to(7, (2,))", "int", ["7", "7"]),
    ("[numpy.float32(0.1), None]", "float8", ["0.10000000149011612", None]),
    ("[numpy.int8(1), 2]", "int", ["1", "2"]),
    ("[numpy.str_('x'), 'y']", "text", ["x", "y"]),
    ("[numpy.bool_(True), False]", "boolean", ["true", "false"]),
    ("[numpy.datetime64('2024-02-29'), None]", "date", ["2024-02-29", None]),
]

PANDAS = [
    ("pandas.array([True, None], 'boolean')", "boolean", ["true", None]),
    *(
        (f"pandas.array([1, None], '{kind}')", "int", ["1", None])
        for kind in ("Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64")
    ),
    ("pandas.array([0.5, None], 'Float32')", "real", ["0.5", None]),
    ("pandas.array([0.1, None], 'Float64')", "float8", ["0.1", None]),
    ("pandas.array(['a', None], 'string')", "text", ["a", None]),
    ("pandas.array(['a', None], 'string[pyarrow]')", "text", ["a", None]),
    ("pandas.Series(['a', None], dtype='str')", "text", ["a", None]),
    ("pandas.Categorical(['b', None, 'a'])", "text", ["b", None, "a"]),
    ("pandas.Categorical([3, None, 1])", "int", ["3", None, "1"]),
    ("pandas.Categorical([pandas.Timestamp('2024-02-29')])", "timestamp", ["2024-02-29 00:00:00"]),
    ("pandas.CategoricalIndex(['x'])", "text", ["x"]),
    (
        "pandas.Series(pandas.to_datetime(['2024-02-29', None]))",
        "timestamp",
        ["2024-02-29 00:00:00", None],
    ),
    (
        "pandas.to_datetime(['2024-02-29 12:00']).tz_localize('Europe/Paris')",
        "timestamptz",
        ["2024-02-29 11:00:00+00"],
    ),
    ("pandas.to_timedelta(['1 days 02:00:00', None])", "interval", ["1 day 02:00:00", None]),
    ("pandas.period_range('2024-01', periods=2, freq='M')", "text", ["2024-01", "2024-02"]),
    ("pandas.Series(pandas.period_range('2024Q1', periods=1, freq='Q'))", "text", ["2024Q1"]),
    ("pandas.interval_range(0, 2)", "text", ["(0, 1]", "(1, 2]"]),
    ("pandas.arrays.IntervalArray.from_tuples([(0, 1.5)])", "text", ["(0.0, 1.5]"]),
    ("pandas.arrays.SparseArray([0, 0, 1])", "int", ["0", "0", "1"]),
    ("pandas.Series([1.5, None]).astype(pandas.SparseDtype('float'))", "float8", ["1.5", None]),
    ("pandas.RangeIndex(2)", "int", ["0", "1"]),
    ("pandas.Series([decimal.Decimal('1.10'), None])", "numeric", ["1.10", None]),
    (
        "pandas.Series([decimal.Decimal('1.10'), decimal.Decimal('2.5')])",
        "numeric",
        ["1.10", "2.5"],
    ),
    ("pandas.Series([[1, 2], None, []])", "int[]", ["{1,2}", None, "{}"]),
    ("pandas.Series([{'a': 1}, None])", "jsonb", ['{"a": 1}', None]),
    ("pandas.Series([1, 'x'])", "text", "mixes int and str"),
    ("pandas.Series([pandas.NA, pandas.NaT, None, float('nan')])", "date", [None] * 4),
    *(
        (f"pandas.array({values}, pandas.ArrowDtype({kind}))", declared, expected)
        for values, kind, declared, expected in [
            ([1, None], "pa.int8()", "int", ["1", None]),
            ([1, None], "pa.uint64()", "bigint", ["1", None]),
            (["x", None], "pa.large_string()", "text", ["x", None]),
            ([b"x", None], "pa.large_binary()", "bytea", ["\\x78", None]),
            ([[1], None], "pa.list_(pa.int64())", "int[]", ["{1}", None]),
            ([{"a": 1}, None], "pa.struct([('a', pa.int64())])", "jsonb", ['{"a": 1}', None]),
        ]
    ),
]

PLAIN = [
    ("[True, None]", "boolean", ["true", None]),
    ("[1, 2**70]", "numeric", ["1", str(2**70)]),
    ("[1, 0.5, decimal.Decimal('0.1')]", "numeric", ["1", "0.5", "0.1"]),
    ("['a\\ud800']", "text", ["a\\ud800"]),
    ("[b'x', bytearray(b'y'), memoryview(b'z')]", "bytea", ["\\x78", "\\x79", "\\x7a"]),
    ("[datetime.date(1, 1, 1), None]", "date", ["0001-01-01", None]),
    ("[datetime.datetime(2024, 2, 29, 12), None]", "timestamp", ["2024-02-29 12:00:00", None]),
    (
        "[datetime.datetime(2024, 2, 29, tzinfo=datetime.timezone.utc)]",
        "timestamptz",
        ["2024-02-29 00:00:00+00"],
    ),
    ("[datetime.time(12, 34, 56, 7), None]", "time", ["12:34:56.000007", None]),
    (
        "[datetime.time(1, tzinfo=datetime.timezone(datetime.timedelta(hours=2)))]",
        "timetz",
        ["01:00:00+02"],
    ),
    ("[datetime.timedelta(days=1, seconds=1), None]", "interval", ["1 day 00:00:01", None]),
    ("[uuid.UUID(int=1), None]", "uuid", ["00000000-0000-0000-0000-000000000001", None]),
    (
        "[{'a': {1, }, 'b': b'x', 'c': decimal.Decimal('1.10')}]",
        "jsonb",
        ['{"a": [1], "b": "\\\\x78", "c": 1.10}'],
    ),
    (
        "[{'a': float('nan'), 'b': float('inf'), 3: None}]",
        "jsonb",
        ['{"3": null, "a": null, "b": "Infinity"}'],
    ),
    ("[[1, None], (2, 3), numpy.arange(2), None]", "int[]", ["{1,NULL}", "{2,3}", "{0,1}", None]),
    ("[[[1, 2], [3, 4]], [5]]", "int[]", ["{{1,2},{3,4}}", "{5}"]),
    ("[numpy.eye(2)]", "int[]", ["{{1,0},{0,1}}"]),
    ("[['a'], [['b']]]", "text[]", ["{a}", "{{b}}"]),
    ("[[[1], [2, 3]]]", "int[]", "same length"),
    ("[pathlib.Path('/x')]", "text", "PosixPath"),
    ("[ipaddress.ip_address('::1')]", "inet", "IPv6Address"),
    ("[enum.Enum('E', 'A').A]", "text", "type E"),
    ("[fractions.Fraction(1, 3)]", "float8", "Fraction"),
    ("[object()]", "text", "type object"),
    ("[1 + 2j]", "text", "complex"),
]

ARROW = [
    ("pa.array([1, None], pa.int16())", "smallint", ["1", None]),
    ("pa.array([1.5, None], pa.float16())", "real", ["1.5", None]),
    ("pa.array([decimal.Decimal('1.10')], pa.decimal128(5, 2))", "numeric", ["1.10"]),
    ("pa.array([decimal.Decimal('1.10')], pa.decimal256(50, 2))", "numeric", ["1.10"]),
    ("pa.array([1, None], pa.date32())", "date", ["1970-01-02", None]),
    ("pa.array([86400000], pa.date64())", "date", ["1970-01-02"]),
    ("pa.array([1], pa.time32('s'))", "time", ["00:00:01"]),
    ("pa.array([1500], pa.time64('ns'))", "time", ["00:00:00.000001"]),
    ("pa.array([1], pa.timestamp('s', 'Europe/Paris'))", "timestamptz", ["1970-01-01 00:00:01+00"]),
    ("pa.array([1500], pa.duration('ms'))", "interval", ["00:00:01.5"]),
    ("pa.array([pa.MonthDayNano([1, 2, 3000])])", "interval", ["1 mon 2 days 00:00:00.000003"]),
    ("pa.array(['a', None]).dictionary_encode()", "text", ["a", None]),
    ("pa.array([1, 1, None]).dictionary_encode()", "int", ["1", "1", None]),
    ("pa.array(['a'], pa.large_string())", "text", ["a"]),
    ("pa.array(['a'], pa.string_view())", "text", ["a"]),
    ("pa.array([b'a'], pa.binary(1))", "bytea", ["\\x61"]),
    ("pa.array([None, None])", "int", [None, None]),
    ("pa.array([[1], None], pa.large_list(pa.int32()))", "int[]", ["{1}", None]),
    ("pa.array([[1, 2]], pa.list_(pa.int32(), 2))", "int[]", ["{1,2}"]),
    ("pa.array([[[1, 2]], None])", "int[]", ["{{1,2}}", None]),
    ("pa.array([{'a': [1]}, None])", "jsonb", ['{"a": [1]}', None]),
    ("pa.array([[('k', 1)], None], pa.map_(pa.string(), pa.int32()))", "jsonb", ['{"k": 1}', None]),
    (
        "pa.array([uuid.UUID(int=1).bytes], pa.uuid())",
        "uuid",
        ["00000000-0000-0000-0000-000000000001"],
    ),
    (
        "pa.ExtensionArray.from_storage(pa.bool8(), pa.array([1, None], pa.int8()))",
        "boolean",
        ["true", None],
    ),
    ("pa.array(['{\"a\": 1}'], pa.json_())", "jsonb", ['{"a": 1}']),
    (
        "pa.RunEndEncodedArray.from_arrays(pa.array([2], pa.int32()), pa.array(['x']))",
        "text",
        ["x", "x"],
    ),
    (
        "pa.ExtensionArray.from_storage(pa.fixed_shape_tensor(pa.int32(), [1]),"
        " pa.array([[1]], pa.list_(pa.int32(), 1)))",
        "int[]",
        "fixed_shape_tensor",
    ),
]

POLARS = [
    *(
        (f"polars.Series([1, None], dtype=polars.{kind})", "int", ["1", None])
        for kind in ("Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64")
    ),
    ("polars.Series([0.5, None], dtype=polars.Float32)", "real", ["0.5", None]),
    ("polars.Series([0.1, None])", "float8", ["0.1", None]),
    ("polars.Series([True, None])", "boolean", ["true", None]),
    ("polars.Series(['ä', None])", "text", ["ä", None]),
    ("polars.Series([b'x', None])", "bytea", ["\\x78", None]),
    ("polars.Series([datetime.date(2024, 2, 29), None])", "date", ["2024-02-29", None]),
    ("polars.Series([datetime.time(1, 2)])", "time", ["01:02:00"]),
    ("polars.Series([datetime.datetime(2024, 2, 29)])", "timestamp", ["2024-02-29 00:00:00"]),
    (
        "polars.Series([datetime.datetime(2024, 2, 29)]).dt.replace_time_zone('Europe/Paris')",
        "timestamptz",
        ["2024-02-28 23:00:00+00"],
    ),
    ("polars.Series([datetime.timedelta(hours=1)])", "interval", ["01:00:00"]),
    ("polars.Series(['a', None], dtype=polars.Categorical)", "text", ["a", None]),
    ("polars.Series(['a'], dtype=polars.Enum(['a', 'b']))", "text", ["a"]),
    ("polars.Series([decimal.Decimal('1.10')])", "numeric", ["1.10"]),
    ("polars.Series([[1, 2], None])", "int[]", ["{1,2}", None]),
    ("polars.Series([[1, 2]], dtype=polars.Array(polars.Int32, 2))", "int[]", ["{1,2}"]),
    ("polars.Series([{'a': 1}])", "jsonb", ['{"a": 1}']),
    ("polars.Series([None, None])", "int", [None, None]),
    (
        "polars.Series([uuid.UUID(int=1)], dtype=polars.Object)",
        "uuid",
        ["00000000-0000-0000-0000-000000000001"],
    ),
]

# A query for one column.
DUCKDB = [
    ("SELECT true", "boolean", ["true"]),
    ("SELECT 1::TINYINT", "smallint", ["1"]),
    ("SELECT 1::UBIGINT", "bigint", ["1"]),
    (
        "SELECT 170141183460469231731687303715884105727::HUGEINT",
        "float8",
        ["1.7014118346046923e+38"],
    ),
    ("SELECT 1.10::DECIMAL(5,2)", "numeric", ["1.10"]),
    ("SELECT 0.1::FLOAT", "real", ["0.1"]),
    ("SELECT 'ä'", "text", ["ä"]),
    ("SELECT '\\xAA'::BLOB", "bytea", ["\\xaa"]),
    ("SELECT DATE '2024-02-29'", "date", ["2024-02-29"]),
    ("SELECT TIME '12:34:56'", "time", ["12:34:56"]),
    ("SELECT TIMESTAMP '2024-02-29 12:00'", "timestamp", ["2024-02-29 12:00:00"]),
    ("SELECT INTERVAL 1 MONTH", "interval", ["1 mon"]),
    (
        "SELECT '00000000-0000-0000-0000-000000000001'::UUID",
        "uuid",
        ["00000000-0000-0000-0000-000000000001"],
    ),
    ("SELECT [1, 2]", "int[]", ["{1,2}"]),
    ("SELECT [[1], [2]]", "int[]", ["{{1},{2}}"]),
    ("SELECT {'a': 1}", "jsonb", ['{"a": 1}']),
    ("SELECT MAP {'k': 1}", "jsonb", ['{"k": 1}']),
    ("SELECT 'a'::ENUM('a', 'b')", "text", ["a"]),
    ("SELECT NULL", "date", [None]),
]

R = [
    ("c(TRUE, NA)", "boolean", ["true", None]),
    ("c(1L, NA)", "int", ["1", None]),
    ("c(0.1, NA, NaN, Inf)", "float8", ["0.1", None, None, "Infinity"]),
    ("c(1, 0)", "boolean", ["true", "false"]),
    ("c(2^53, 1)", "bigint", ["9007199254740992", "1"]),
    ("c('a', NA)", "text", ["a", None]),
    ("factor(c('b', NA, 'a'))", "text", ["b", None, "a"]),
    ("factor(c(10, 20), ordered = TRUE)", "int", ["10", "20"]),
    ("as.Date(c('2024-02-29', NA))", "date", ["2024-02-29", None]),
    (
        "as.POSIXct(c(0.5, NA), origin = '1970-01-01', tz = 'UTC')",
        "timestamptz",
        ["1970-01-01 00:00:00.5+00", None],
    ),
    ("as.POSIXct('2024-02-29 12:00', tz = 'Europe/Paris')", "timestamp", ["2024-02-29 12:00:00"]),
    (
        "as.POSIXct('2024-02-29 12:00', tz = 'Europe/Paris')",
        "timestamptz",
        ["2024-02-29 11:00:00+00"],
    ),
    ("as.POSIXlt('2024-02-29 12:00', tz = 'UTC')", "timestamp", ["2024-02-29 12:00:00"]),
    ("as.difftime(90, units = 'mins')", "interval", ["01:30:00"]),
    ("as.difftime('01:02:03')", "time", ["01:02:03"]),
    ("I(list(as.raw(1:2), NULL))", "bytea", ["\\x0102", None]),
    ("I(list(1:2, NULL, integer()))", "int[]", ["{1,2}", None, "{}"]),
    ("I(list(matrix(1:4, 2)))", "int[]", ["{{1,3},{2,4}}"]),
    ("I(list(array(1:8, c(2, 2, 2))))", "int[]", ["{{{1,5},{3,7}},{{2,6},{4,8}}}"]),
    ("I(list(list(1:2, 3:4)))", "int[]", ["{{1,2},{3,4}}"]),
    ("I(list(list(1:2, 3L)))", "int[]", "same length"),
    ("I(list(list(a = 1, b = 'x'), NULL))", "jsonb", ['{"a": 1, "b": "x"}', None]),
    ("I(c('a', 'b'))", "text", ["a", "b"]),
    ("1:2 + 0i", "float8", "complex"),
    ("matrix(1:2)", "int", ["1", "2"]),
    ("array(1:2)", "int", ["1", "2"]),
    ("scale(c(1, 2, 3))", "float8", ["-1", "0", "1"]),
    ("as.vector(table(c('a', 'b', 'a')))", "int", ["2", "1"]),
    ("table(c('a', 'b', 'a'))", "int", ["2", "1"]),
    ("tapply(c(1, 2, 3), c('a', 'b', 'a'), sum)", "float8", ["4", "2"]),
    ("ts(c(1.5, 2.5), start = 2020)", "float8", ["1.5", "2.5"]),
    ("numeric_version(c('1.10', '2.0'))", "text", ["1.10", "2.0"]),
    ("package_version('1.2.3')", "text", ["1.2.3"]),
    ("as.octmode(c(8L, 9L))", "text", ["10", "11"]),
    ("as.hexmode(255L)", "text", ["ff"]),
    ("as.roman(4)", "text", ["IV"]),
    ("as.roman(4)", "int", ["4"]),
    ("noquote(c('a', NA))", "text", ["a", None]),
    ("summary(c(1, 2, 3))", "float8", ["1", "1.5", "2", "2", "2.5", "3"]),
    ("structure(1:2, class = 'unknown')", "int", ["1", "2"]),
    ("as.person('A B <a@b.c>')", "text", ["A B <a@b.c>"]),
    ("ISOdate(2024, 2, 29)", "timestamptz", ["2024-02-29 12:00:00+00"]),
    (
        "seq(as.Date('2024-01-31'), by = 'month', length.out = 2)",
        "date",
        ["2024-01-31", "2024-03-02"],
    ),
    ("cut(c(1, 5), c(0, 2, 10))", "text", ["(0,2]", "(2,10]"]),
    ("rle(c(1, 1))", "text", "rle"),
    ("y ~ x", "text", "formula"),
    ("function(x) x", "text", "closure"),
    ("new.env()", "text", "environment"),
    ("quote(x + y)", "text", "language"),
    # The recommended packages.
    ("survival::Surv(c(5, 6), c(1, 0))", "text", ["5", "6+"]),
    ("survival::Surv(c(5, 6), c(1, 0))", "float8", "Surv"),
    ("predict(rpart::rpart(dist ~ speed, cars))[1:2]", "int", ["18", "18"]),
    ("predict(MASS::rlm(dist ~ speed, cars))[1]", "int", ["-1"]),
    ("Matrix::Matrix(1:2, 2)", "int", "dgeMatrix"),
    ("Matrix::Matrix(c(0, 0, 3), 3, sparse = TRUE)", "int", "dgCMatrix"),
    ("nnet::class.ind(c('a'))", "int", ["1"]),
    ("cluster::pam(c(1, 2, 9), 2)$clustering", "int", ["1", "1", "2"]),
    ("MASS::fractions(0.5)", "text", ["1/2"]),
    ("data.table::as.ITime('01:02:03')", "time", ["01:02:03"]),
    ("tibble::tibble(a = 1:2)$a", "int", ["1", "2"]),
]


@pytest.fixture(scope="module")
def every_library() -> Iterator[psycopg.Connection]:
    if not os.path.exists(PYTHON):
        pytest.skip(f"there is no {PYTHON}: scripts/setup test-tools makes it")
    cluster = Cluster(f"launchpad.python={PYTHON}")
    cluster.execute("CREATE EXTENSION IF NOT EXISTS pg_launchpad")
    with cluster.connect() as connection:
        connection.execute("SET datestyle = 'ISO'")
        connection.execute("SET timezone = 'UTC'")
        connection.execute("SET client_min_messages = error")
        yield connection
    cluster.remove()


def check(connection, language: str, script: str, declared: str, expected: list | str):
    call = f"execute_external_script('{language}', $script${script}$script$)"
    query = f"SELECT v::text FROM {call} AS t(v {declared})"
    if isinstance(expected, str):
        with pytest.raises(psycopg.Error) as caught:
            print([value for (value,) in connection.execute(query)])
        assert caught.value.sqlstate[:2] in ("42", "22"), caught.value
        assert expected in str(caught.value)
    else:
        assert [value for (value,) in connection.execute(query)] == expected


@pytest.mark.parametrize(("value", "declared", "expected"), NUMPY + PANDAS + PLAIN + ARROW)
def test_python(every_library, value, declared, expected):
    check(every_library, "Python", f"{IMPORTS}OutputDataSet = {{'v': {value}}}", declared, expected)


@pytest.mark.parametrize(("value", "declared", "expected"), POLARS)
def test_polars(every_library, value, declared, expected):
    script = f"{IMPORTS}import polars\nOutputDataSet = {value}"
    check(every_library, "Python", script, declared, expected)
    script = f"{IMPORTS}import polars\nOutputDataSet = polars.DataFrame({{'v': {value}}})"
    check(every_library, "Python", script, declared, expected)


@pytest.mark.parametrize(("query", "declared", "expected"), DUCKDB)
def test_duckdb(every_library, query, declared, expected):
    script = f"import duckdb\nOutputDataSet = duckdb.sql({query!r})"
    check(every_library, "Python", script, declared, expected)


@pytest.mark.parametrize(("value", "declared", "expected"), R)
def test_r(every_library, value, declared, expected):
    check(every_library, "R", f"OutputDataSet <- list(v = {value})", declared, expected)
