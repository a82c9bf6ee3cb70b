-- Errors of a script: the exception as the message, the traceback with the script's lines as DETAIL.
\set SHOW_CONTEXT never
SELECT * FROM execute_external_script('Python', $$
def divide(x):
    return 1 / x

divide(0)
$$) AS t(a int);
\echo :SQLSTATE
SELECT * FROM execute_external_script('Python', 'raise ValueError') AS t(a int);
SELECT * FROM execute_external_script('Python', $$
try:
    {}["k"]
except KeyError as error:
    raise RuntimeError("wrapped") from error
$$) AS t(a int);
SELECT * FROM execute_external_script('Python', 'x = = 1') AS t(a int);
SELECT * FROM execute_external_script('Python', '  indented = 1') AS t(a int);
SELECT * FROM execute_external_script('Python', E'x = 1\r\ny = nope\r\n') AS t(a int);
SELECT * FROM execute_external_script('Python', $$
class Odd(Exception):
    def __str__(self):
        raise RuntimeError("not even this")
raise Odd
$$) AS t(a int);
-- The CONTEXT names language and request.
DO $do$
DECLARE context text;
BEGIN
    PERFORM * FROM execute_external_script('Python', 'raise ValueError') AS t(a int);
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS context = PG_EXCEPTION_CONTEXT;
    RAISE NOTICE '%', regexp_replace(split_part(context, E'\n', 1), '\d+', 'N');
END $do$;
-- Leaving before the end, with any status
SELECT * FROM execute_external_script('Python', 'import sys; sys.exit(3)') AS t(a int);
SELECT * FROM execute_external_script('Python', 'import sys; sys.exit()') AS t(a int);
SELECT * FROM execute_external_script('Python', 'import sys; sys.exit("a reason")') AS t(a int);
SELECT * FROM execute_external_script('Python', 'import os; os._exit(0)') AS t(a int);
\echo :SQLSTATE
-- Dying
SELECT * FROM execute_external_script('Python', 'import os, sys; print("help", file=sys.stderr); os.abort()') AS t(a int);
SELECT * FROM execute_external_script('Python', 'import os, signal; os.kill(os.getpid(), signal.SIGKILL)') AS t(a int);
SELECT * FROM execute_external_script('Python', 'import ctypes; ctypes.string_at(0)') AS t(a int);
-- Garbage in place of a result, and a result without its end
SELECT * FROM execute_external_script('Python', 'import os; os.write(4, b"garbage, not Arrow"); OutputDataSet = 1') AS t(a int);
\echo :SQLSTATE
SELECT * FROM execute_external_script('Python', 'import os; os.write(5, b"\xff\xff\xff\xff"); OutputDataSet = 1') AS t(a int);
SELECT * FROM execute_external_script('Python', $$
import os, pyarrow
with pyarrow.ipc.new_stream(os.fdopen(os.dup(4), "wb"), pyarrow.schema([("a", pyarrow.int32())])) as stream:
    pass
os._exit(0)
$$) AS t(a int);
-- Limits
SET launchpad.memory_limit = '128MB';
SELECT * FROM execute_external_script('Python', 'x = bytearray(1 << 30)') AS t(a int);
\echo :SQLSTATE
RESET launchpad.memory_limit;
SELECT * FROM execute_external_script('Python', 'open("big", "wb").write(bytes(300 << 20))') AS t(a int);
\echo :SQLSTATE
SET launchpad.script_timeout = '200ms';
SELECT * FROM execute_external_script('Python', 'while True: pass') AS t(a int);
\echo :SQLSTATE
RESET launchpad.script_timeout;
SET statement_timeout = '200ms';
SELECT * FROM execute_external_script('Python', 'import time; time.sleep(1000)') AS t(a int);
\echo :SQLSTATE
RESET statement_timeout;
SET launchpad.enabled = off;
SELECT * FROM execute_external_script('Python', 'pass') AS t(a int);
\echo :SQLSTATE
RESET launchpad.enabled;
-- Arguments
SELECT * FROM execute_external_script('Perl', 'pass') AS t(a int);
SELECT * FROM execute_external_script(NULL, 'pass') AS t(a int);
SELECT * FROM execute_external_script('Python', NULL) AS t(a int);
SELECT * FROM execute_external_script('Python', 'pass', input_data_1_name => 'not a name') AS t(a int);
SELECT * FROM execute_external_script('Python', 'pass', output_data_1_name => NULL) AS t(a int);
SELECT * FROM execute_external_script('Python', 'pass', rows_per_read => 5) AS t(a int);
-- After all of that a call still works.
SELECT * FROM execute_external_script('Python', 'OutputDataSet = pandas.DataFrame({"a": [1]})') AS t(a int);
