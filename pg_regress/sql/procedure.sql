-- CALL sp_execute_external_script: parameters that come back, and a result that declares itself.
\set SHOW_CONTEXT never
CREATE TABLE points AS SELECT g AS x, g * 1.5::float8 AS y FROM generate_series(1, 3) g;
-- A result is a cursor, to the transaction's end.
BEGIN;
CALL sp_execute_external_script('Python', 'OutputDataSet = InputDataSet.assign(z = InputDataSet.x * k)', 'TABLE points', params => '{"k": 2}');
FETCH ALL IN "<unnamed portal 1>";
COMMIT;
-- As T-SQL writes it, by name, and with a name for the cursor
BEGIN;
CALL sp_execute_external_script(
    language => 'Python',
    script => $$
rows = len(MyInput)
MyOutput = MyInput[MyInput.x >= low]
$$,
    input_data_1 => 'SELECT x FROM points WHERE x < params.high',
    input_data_1_name => 'MyInput',
    output_data_1_name => 'MyOutput',
    params => '{"low": 2, "high": 3, "rows": null}',
    result => 'mine');
FETCH ALL IN mine;
-- What it is made of: each column's natural type
CALL sp_execute_external_script('Python', $$
import datetime
OutputDataSet = pandas.DataFrame({
    "bool": [True], "i8": numpy.array([1], "int8"), "i16": numpy.array([1], "int16"), "i32": numpy.array([1], "int32"), "i64": [1],
    "u8": numpy.array([1], "uint8"), "u16": numpy.array([1], "uint16"), "u32": numpy.array([1], "uint32"),
    "f32": numpy.array([1.5], "float32"), "f64": [1.5], "text": ["x"], "bytes": [b"ab"], "nothing": [None],
    "day": [datetime.date(2024, 2, 29)], "moment": pandas.to_datetime(["2024-02-29 12:00"]), "zoned": pandas.to_datetime(["2024-02-29 12:00Z"])})
$$, result => 'types');
FETCH ALL IN types \gdesc
\x on
FETCH ALL IN types;
\x off
-- Labels stay as they are.
CALL sp_execute_external_script('Python', $$
OutputDataSet = pandas.DataFrame([[1, 2, 3, 4, 5]], columns=["a", "a", "", 'Say "hi"', "ü" * 40])
$$, result => 'labels');
FETCH ALL IN labels;
-- No rows, no columns, no data set
CALL sp_execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": numpy.array([], "int64"), "b": numpy.array([], "float64")})', result => 'empty');
FETCH ALL IN empty;
CALL sp_execute_external_script('Python', 'OutputDataSet = []', result => 'bare');
FETCH ALL IN bare;
CALL sp_execute_external_script('Python', 'pass', result => 'none');
-- Those that are open now
SELECT name, statement, is_holdable, is_binary, is_scrollable FROM pg_cursors ORDER BY name;
-- Back and forth
MOVE ABSOLUTE 0 IN mine;
CALL sp_execute_external_script('Python', 'OutputDataSet = {"n": range(5)}', result => 'five');
FETCH 2 IN five;
FETCH LAST IN five;
FETCH BACKWARD 2 IN five;
FETCH ABSOLUTE 1 IN five;
MOVE ALL IN five;
FETCH NEXT IN five;
CLOSE five;
SAVEPOINT s;
FETCH ALL IN five;
ROLLBACK TO s;
-- A name is taken until it is closed.
CALL sp_execute_external_script('Python', 'OutputDataSet = {"n": [1]}', result => 'mine');
ROLLBACK TO s;
-- What a savepoint's rollback takes along
CALL sp_execute_external_script('Python', 'OutputDataSet = {"n": [1]}', result => 'nested');
FETCH ALL IN nested;
ROLLBACK TO s;
FETCH ALL IN nested;
ROLLBACK TO s;
FETCH ALL IN mine;
-- There is no row of a table behind it.
MOVE FIRST IN mine;
DELETE FROM points WHERE CURRENT OF mine;
COMMIT;
-- Outside a transaction block the cursor is closed as soon as the CALL is over.
CALL sp_execute_external_script('Python', 'OutputDataSet = {"n": [1]}', result => 'gone');
FETCH ALL IN gone;
-- Output parameters: what the script's variables hold
CALL sp_execute_external_script('Python', $$
import datetime, decimal, uuid
i = 2 ** 100
f = 0.1 + 0.2
f32 = numpy.float32(0.1)
d = decimal.Decimal("12345678901234567890.1234567890")
b = b"\x00\xff"
s = 'quote " and \\ and ü'
t = True
n = None
$$, params => '{"i": 0, "f": 0, "f32": 0, "d": 0, "b": 0, "s": 0, "t": 0, "n": 0}');
CALL sp_execute_external_script('Python', $$
import datetime, uuid
day = datetime.date(2024, 2, 29)
moment = pandas.Timestamp("2024-02-29 12:00:00.5+02:00")
dt64 = numpy.datetime64("2024-02-29T12:00")
time = datetime.time(12, 30)
span = datetime.timedelta(days=1, hours=2, microseconds=3)
id = uuid.UUID(int=7)
$$, params => '{"day": 0, "moment": 0, "dt64": 0, "time": 0, "span": 0, "id": 0}');
CALL sp_execute_external_script('Python', $$
nan, nat, na = float("nan"), pandas.NaT, pandas.NA
inf = float("-inf")
np = [numpy.int16(3), numpy.float64(2.5), numpy.bool_(False), numpy.str_("x"), numpy.datetime64("NaT")]
nd = numpy.array([[1, 2], [3, 4]])
series = pandas.Series([1.5, None])
nested = {"a": [{"b": (1, [])}], 5: {}}
$$, params => '{"nan": 0, "nat": 0, "na": 0, "inf": 0, "np": 0, "nd": 0, "series": 0, "nested": 0}');
-- What it never touched, or set to what it was, is as it went in, whatever Python can hold; what it deleted is null.
CALL sp_execute_external_script('Python', 'changed.append(3); same = 1; del gone',
  params => '{"exact": 1.10, "large": 1e30, "digits": 0.12345678901234567890123, "same": 1.00, "list": [1.0, {"a": null}], "changed": [1, 2], "gone": 1}');
CALL sp_execute_external_script('Python', 'n = n + 1', params => '{"n": 18446744073709551616}');
CALL sp_execute_external_script('Python', 'x = 1');
CALL sp_execute_external_script('Python', 'x = 1', params => '{}');
CALL sp_execute_external_script('Python', 'x = 1', params => 'null');
-- Larger than a frame of the control channel
DO $$
DECLARE p jsonb := '{"n": 3000000}'; r refcursor;
BEGIN
  CALL sp_execute_external_script('Python', 'n = "x" * n', params => p, result => r);
  RAISE NOTICE '% %', length(p->>'n'), r;
END $$;
-- What JSON cannot say
CALL sp_execute_external_script('Python', 'p = pandas.DataFrame()', params => '{"p": 1}');
CALL sp_execute_external_script('Python', 'p = [1, {"x": object()}]', params => '{"p": 1}');
CALL sp_execute_external_script('Python', 'p = {(1, 2): 3}', params => '{"p": 1}');
CALL sp_execute_external_script('Python', 'p = []; p.append(p)', params => '{"p": 1}');
CALL sp_execute_external_script('Python', 'p = "a\0b"', params => '{"p": 1}');
-- Errors are those of the function, with its CONTEXT.
\set SHOW_CONTEXT always
DO $$
DECLARE p jsonb; r refcursor; context text; state text;
BEGIN
  CALL sp_execute_external_script('Python', 'raise ValueError("no")', params => p, result => r);
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS context = PG_EXCEPTION_CONTEXT, state = RETURNED_SQLSTATE;
  RAISE NOTICE '% % %', state, SQLERRM, regexp_replace(context, 'request \d+', 'request N');
END $$;
\set SHOW_CONTEXT never
CALL sp_execute_external_script('Python', 'pass', 'SELECT nothing');
CALL sp_execute_external_script('Perl', 'pass');
CALL sp_execute_external_script('Python', 'pass', params => '[1]');
CALL sp_execute_external_script('Python', 'pass', params => '{"InputDataSet": 1}');
CALL sp_execute_external_script('Python', 'pass', parallel => true);
CALL sp_execute_external_script('Python', 'OutputDataSet = {"c": [1 + 2j]}');
SELECT count(*) FROM pg_cursors;
-- PL/pgSQL: the arguments are variables, and get what comes back.
CREATE FUNCTION scored(factor int) RETURNS refcursor LANGUAGE plpgsql AS $$
DECLARE p jsonb := jsonb_build_object('factor', factor, 'sum', NULL); r refcursor;
BEGIN
  CALL sp_execute_external_script('Python', 'OutputDataSet = InputDataSet * factor; sum = OutputDataSet.x.sum()', 'SELECT x FROM points', params => p, result => r);
  RAISE NOTICE 'sum %', p->'sum';
  RETURN r;
END $$;
DO $$
DECLARE one refcursor; two refcursor; a record; b record;
BEGIN
  one := scored(10);
  two := scored(100);
  LOOP
    FETCH one INTO a;
    EXIT WHEN NOT FOUND;
    FETCH two INTO b;
    RAISE NOTICE '% %', a.x, b.x;
  END LOOP;
END $$;
BEGIN;
SELECT scored(1) AS cursor \gset
FETCH ALL IN :"cursor";
COMMIT;
DO $$
DECLARE p jsonb; r refcursor;
BEGIN
  EXECUTE 'CALL sp_execute_external_script($1, $2, params => $3)' INTO p, r USING 'Python', 'a = a + 1', '{"a": 1}'::jsonb;
  RAISE NOTICE '% %', p, r;
END $$;
-- A constant cannot take what comes back.
DO $$ BEGIN CALL sp_execute_external_script('Python', 'pass'); END $$;
-- It is a statement of its own: it sees what the ones before it did, also after a COMMIT between them.
DO $$
DECLARE p jsonb := '{"n": 0}'; r refcursor;
BEGIN
  INSERT INTO points VALUES (4, 6);
  CALL sp_execute_external_script('Python', 'n = len(InputDataSet)', 'TABLE points', params => p, result => r);
  RAISE NOTICE '%', p;
  COMMIT;
  CALL sp_execute_external_script('Python', 'n = len(InputDataSet); OutputDataSet = InputDataSet', 'TABLE points', params => p, result => r);
  RAISE NOTICE '% %', p, r IS NULL;
  -- What a variable holds is the next cursor's name, as with OPEN.
  CLOSE r;
  CALL sp_execute_external_script('Python', 'OutputDataSet = InputDataSet', 'TABLE points', params => p, result => r);
  CALL sp_execute_external_script('Python', 'OutputDataSet = InputDataSet', 'TABLE points', params => p, result => r);
END $$;
-- It ends with the transaction, in a procedure too.
DO $$
DECLARE p jsonb; r refcursor;
BEGIN
  CALL sp_execute_external_script('Python', 'OutputDataSet = InputDataSet', 'TABLE points', params => p, result => r);
  COMMIT;
  FETCH r INTO p;
END $$;
-- Larger than work_mem
BEGIN;
SET LOCAL work_mem = '64kB';
CALL sp_execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"n": range(100000), "s": "text"})', result => 'large');
MOVE 99998 IN large;
FETCH ALL IN large;
FETCH ABSOLUTE 2 IN large;
COMMIT;
-- An input query that meddles with cursors
CREATE FUNCTION close_all() RETURNS int LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'CLOSE ALL'; RETURN 1; END $$;
CREATE FUNCTION close_it() RETURNS int LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'CLOSE mine'; RETURN 1; END $$;
CREATE FUNCTION fetch_it() RETURNS int LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'FETCH ALL IN mine'; RETURN 1; END $$;
BEGIN;
SAVEPOINT s;
CALL sp_execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT close_all() AS a FROM points', result => 'mine');
FETCH ALL IN mine;
ROLLBACK TO s;
CALL sp_execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT fetch_it() AS a FROM points', result => 'mine');
ROLLBACK TO s;
CALL sp_execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT close_it() AS a FROM points', result => 'mine');
ROLLBACK TO s;
SELECT count(*) FROM pg_cursors;
CALL sp_execute_external_script('Python', 'raise ValueError()', result => 'mine');
ROLLBACK;
SELECT count(*) FROM pg_cursors;
BEGIN;
CALL sp_execute_external_script('Python', 'OutputDataSet = [(1,)]', result => 'mine');
FETCH ALL IN mine;
COMMIT;
-- Granted by itself
CREATE ROLE caller;
SET ROLE caller;
CALL sp_execute_external_script('Python', 'pass');
RESET ROLE;
GRANT EXECUTE ON PROCEDURE sp_execute_external_script TO caller;
GRANT USAGE ON LANGUAGE launchpad_python, launchpad_r TO caller;
SET ROLE caller;
CALL sp_execute_external_script('Python', 'pass');
CALL sp_execute_external_script('Python', 'pass', 'TABLE points');
RESET ROLE;
REVOKE EXECUTE ON PROCEDURE sp_execute_external_script FROM caller;
REVOKE ALL ON LANGUAGE launchpad_python, launchpad_r FROM caller;
DROP ROLE caller;
DROP TABLE points;
DROP FUNCTION scored, close_all, fetch_it;
-- Rows that do not fit into work_mem go where temp_tablespaces says, if the role may use it.
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE procedure_quick LOCATION '';
CREATE FUNCTION spilled_to() RETURNS TABLE (place name) LANGUAGE sql AS $$
  SELECT spcname FROM pg_tablespace AS t, pg_ls_tmpdir(t.oid) AS f
   WHERE spcname <> 'pg_global' AND f.name LIKE 'pgsql_tmp' || pg_backend_pid() || '.%' $$;
SET work_mem = '64kB';
SET temp_tablespaces = procedure_quick;
BEGIN;
CALL sp_execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": range(100000)})', result => 'c');
SELECT * FROM spilled_to();
-- A table is made in the database's tablespace as before.
CREATE TABLE in_default (a int);
SELECT reltablespace FROM pg_class WHERE relname = 'in_default';
MOVE FORWARD 99999 IN c;
FETCH c;
CLOSE c;
SELECT * FROM spilled_to();
SET LOCAL temp_file_limit = '1MB';
SAVEPOINT before;
\set VERBOSITY sqlstate
CALL sp_execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": range(100000)})', result => 'c');
\set VERBOSITY default
ROLLBACK TO before;
SELECT * FROM spilled_to();
CREATE TABLE in_default_too (a int);
SELECT reltablespace FROM pg_class WHERE relname = 'in_default_too';
ROLLBACK;
CREATE ROLE procedure_user;
GRANT EXECUTE ON PROCEDURE sp_execute_external_script TO procedure_user;
GRANT USAGE ON LANGUAGE launchpad_python TO procedure_user;
BEGIN;
SET LOCAL ROLE procedure_user;
CALL sp_execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": range(100000)})', result => 'c');
RESET ROLE;
SELECT * FROM spilled_to();
COMMIT;
-- It lives as long as its (sub)transaction, and leaves nothing behind.
BEGIN;
SAVEPOINT first;
CALL sp_execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": range(100000)})', result => 'c');
RELEASE SAVEPOINT first;
MOVE FORWARD 99998 IN c;
SAVEPOINT second;
FETCH c;
ROLLBACK TO second;
FETCH c;
FETCH BACKWARD 2 FROM c;
SAVEPOINT third;
CALL sp_execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": range(100000)})', result => 'd');
SELECT count(*) FROM spilled_to();
ROLLBACK TO third;
FETCH d;
ROLLBACK TO second;
SELECT count(*) FROM spilled_to();
COMMIT;
SELECT count(*) FROM spilled_to();
DO $$
DECLARE
    c refcursor := 'c';
    p jsonb;
BEGIN
    CALL sp_execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": range(100000)})', params => p, result => c);
    RAISE EXCEPTION 'after the call';
EXCEPTION WHEN raise_exception THEN
    RAISE NOTICE '% cursors, % files', (SELECT count(*) FROM pg_cursors), (SELECT count(*) FROM spilled_to());
END $$;
RESET work_mem;
RESET temp_tablespaces;
DROP FUNCTION spilled_to;
DROP TABLESPACE procedure_quick;
REVOKE EXECUTE ON PROCEDURE sp_execute_external_script FROM procedure_user;
REVOKE USAGE ON LANGUAGE launchpad_python FROM procedure_user;
DROP ROLE procedure_user;
