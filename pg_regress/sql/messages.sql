-- stdout as NOTICE, stderr as WARNING, line by line.
\set SHOW_CONTEXT always
SELECT * FROM execute_external_script('Python', $$
import sys
print("one")
print("two\nthree")
print("to stderr", file=sys.stderr)
print("no newline", end="")
OutputDataSet = []
$$) AS t(a int);
-- An empty line, unicode, bytes that are no UTF-8, a NUL
SELECT * FROM execute_external_script('Python', $$
import sys
print()
print("snow ☃")
sys.stdout.flush()
sys.stdout.buffer.write(b"bad \xff byte\nnul \0 here\n")
OutputDataSet = []
$$) AS t(a int);
-- Python's own warnings
SELECT * FROM execute_external_script('Python', $$
import warnings
warnings.warn("careful")
OutputDataSet = []
$$) AS t(a int);
-- At most launchpad.max_output, then one WARNING
SET launchpad.max_output = '1kB';
SELECT * FROM execute_external_script('Python', $$
for i in range(10):
    print(str(i) * 300)
OutputDataSet = []
$$) AS t(a int);
-- Each message counts 64 bytes beside its text: here there can be sixteen.
SELECT * FROM execute_external_script('Python', 'print("\n" * 200000); OutputDataSet = []') AS t(a int);
SELECT * FROM execute_external_script('Python', 'print("\r\n" * 100000 + " \t\n" * 100000); OutputDataSet = []') AS t(a int);
-- Text counts as it is shown: four characters for each of these, three bytes for each of those.
SELECT * FROM execute_external_script('Python', 'print("\x1b" * 200); print("fits"); print("\x1b" * 200); OutputDataSet = []') AS t(a int);
SELECT * FROM execute_external_script('Python', 'import os; os.write(1, b"\xff" * 400 + b"\n"); OutputDataSet = []') AS t(a int);
-- What came before the last carriage return is not shown, and costs nothing; its line does.
SELECT * FROM execute_external_script('Python', 'print(("overwritten\r" * 100 + "shown\n") * 20); OutputDataSet = []') AS t(a int);
-- What fits exactly is no reason to warn; after the warning there is nothing more, however short.
SELECT * FROM execute_external_script('Python', 'print("x" * (1024 - 64)); OutputDataSet = []') AS t(a int);
SELECT * FROM execute_external_script('Python', 'print("x" * (1025 - 64)); print(); OutputDataSet = []') AS t(a int);
SET launchpad.max_output = 0;
SELECT * FROM execute_external_script('Python', 'print(); OutputDataSet = []') AS t(a int);
SELECT * FROM execute_external_script('Python', 'pass; OutputDataSet = []') AS t(a int);
SET launchpad.client_output = 'off';
SELECT * FROM execute_external_script('Python', 'print("unheard"); OutputDataSet = []') AS t(a int);
RESET launchpad.client_output;
RESET launchpad.max_output;
-- Elsewhere
SET launchpad.client_output = 'off';
SELECT * FROM execute_external_script('Python', 'print("unheard"); OutputDataSet = []') AS t(a int);
SET launchpad.client_output = 'log';
SELECT * FROM execute_external_script('Python', 'print("in the log"); OutputDataSet = []') AS t(a int);
RESET launchpad.client_output;
-- What was said before an error is heard.
\set SHOW_CONTEXT never
SELECT * FROM execute_external_script('Python', 'print("last words"); raise KeyError("k")') AS t(a int);
