-- What a script finds around it.
\set SHOW_CONTEXT never
-- pandas and numpy by name, the input, an empty output, the parameters, and nothing else
SELECT * FROM execute_external_script('Python', $$
names = sorted(name for name in globals() if not name.startswith("__"))
OutputDataSet = [(" ".join(names),)]
$$, 'SELECT 1 AS a', '{"k": 1}') AS t(names text);
SELECT * FROM execute_external_script('Python', $$
OutputDataSet = [(type(OutputDataSet).__name__, OutputDataSet.empty, __name__)]
$$) AS t(output text, empty bool, name text);
-- Modules of the launcher cannot be imported.
SELECT * FROM execute_external_script('Python', 'import satellite') AS t(a int);
SELECT * FROM execute_external_script('Python', 'import launchpad_shim') AS t(a int);
-- CRLF is accepted, and the text is otherwise untouched.
SELECT * FROM execute_external_script('Python', E'x = """a\nb"""\r\nOutputDataSet = [(len(x),)]\r\n') AS t(n int);
-- Pickled classes of the script find their module again.
SELECT * FROM execute_external_script('Python', $$
import pickle
class Point:
    pass
OutputDataSet = [(type(pickle.loads(pickle.dumps(Point()))) is Point,)]
$$) AS t(same bool);
-- A working directory of its own: empty, writable, the home, gone with the call
SELECT * FROM execute_external_script('Python', $$
import os, tempfile
before = os.listdir(".")
open("file", "w").write("text")
OutputDataSet = [(os.getcwd(), len(before), os.environ["HOME"], os.path.dirname(tempfile.mkstemp()[1]))]
$$) AS t(folder text, files int, home text, temporary text);
SELECT * FROM execute_external_script('Python', 'import os; OutputDataSet = [(len(os.listdir(".")), len(os.listdir("/tmp")))]') AS t(work int, tmp int);
-- An environment of a few named variables
SELECT * FROM execute_external_script('Python', 'import os; OutputDataSet = [(" ".join(sorted(os.environ)),)]') AS t(names text);
-- No network, no server's socket, no credentials, no server files
SELECT * FROM execute_external_script('Python', $$
import glob, os, socket
def fails(work):
    try:
        work()
    except Exception as error:
        return type(error).__name__
    return "works"
OutputDataSet = [
    ("internet", fails(lambda: socket.create_connection(("192.0.2.1", 80), 1))),
    ("loopback", fails(lambda: socket.create_connection(("127.0.0.1", 5432), 1))),
    ("abstract socket", fails(lambda: socket.socket(socket.AF_UNIX).connect("\0server"))),
    ("shadow", fails(lambda: open("/etc/shadow"))),
    ("server files", str(glob.glob("/var/lib/postgresql/*"))),
    ("other programs", fails(lambda: os.execv("/bin/true", ["true"]))),
]
$$) AS t(what text, outcome text);
-- Threads, forks and signals work.
SELECT * FROM execute_external_script('Python', $$
import os, threading
seen = []
thread = threading.Thread(target=lambda: seen.append(1))
thread.start()
thread.join()
child = os.fork()
if not child:
    os._exit(7)
OutputDataSet = [(len(seen), os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))]
$$) AS t(threads int, child int);
