-- stdout as NOTICE, stderr as WARNING, line by line.
\set SHOW_CONTEXT always
SELECT * FROM execute_external_script('Python', $$
import sys
print("one")
print("two\nthree")
print("to stderr", file=sys.stderr)
print("no newline", end="")
$$) AS t(a int);
-- An empty line, unicode, bytes that are no UTF-8, a NUL
SELECT * FROM execute_external_script('Python', $$
import sys
print()
print("snow ☃")
sys.stdout.flush()
sys.stdout.buffer.write(b"bad \xff byte\nnul \0 here\n")
$$) AS t(a int);
-- Python's own warnings
SELECT * FROM execute_external_script('Python', $$
import warnings
warnings.warn("careful")
$$) AS t(a int);
-- At most launchpad.max_output, then one WARNING
SET launchpad.max_output = '1kB';
SELECT * FROM execute_external_script('Python', $$
for i in range(10):
    print(str(i) * 300)
$$) AS t(a int);
RESET launchpad.max_output;
-- Elsewhere
SET launchpad.client_output = 'off';
SELECT * FROM execute_external_script('Python', 'print("unheard")') AS t(a int);
SET launchpad.client_output = 'log';
SELECT * FROM execute_external_script('Python', 'print("in the log")') AS t(a int);
RESET launchpad.client_output;
-- What was said before an error is heard.
\set SHOW_CONTEXT never
SELECT * FROM execute_external_script('Python', 'print("last words"); raise KeyError("k")') AS t(a int);
