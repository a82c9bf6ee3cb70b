"""Plays launchpadd and backend for the tests: one zygote, satellites, calls.

LAUNCHPAD_TEST_PYTHON names the interpreter (the tests run under the same), and
LAUNCHPAD_TEST_LAUNCHER the installed launcher's folder.
"""

import array
import atexit
import collections
import ctypes
import os
import select
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time

import pyarrow

import postcard

PR_SET_CHILD_SUBREAPER = 36
MIB = 1 << 20

# By processor everywhere the same.
LANDLOCK_CREATE_RULESET = 444
# The newest version of Landlock that the sandbox knows.
NEWEST_LANDLOCK = 7

Ended = collections.namedtuple("Ended", "wait_status user system max_rss")
Outcome = collections.namedtuple(
    "Outcome", "message output stdout stderr ended seconds read_back imported"
)


def python():
    return os.environ["LAUNCHPAD_TEST_PYTHON"]


def launcher():
    return os.environ["LAUNCHPAD_TEST_LAUNCHER"]


def landlock():
    """The kernel's version of Landlock, 0 without, as launchpadd asks for it."""
    version = ctypes.CDLL(None).syscall(LANDLOCK_CREATE_RULESET, None, 0, 1)
    return min(max(version, 0), NEWEST_LANDLOCK)


class Zygote:
    def __init__(self, network=0, programs=False, preload=(), **variables):
        """`preload`: lists of modules, of which `problems` has what is the matter with each; `variables`: of its
        environment, besides the usual."""
        # As launchpadd: the satellites' inits become this process's children.
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.folder = tempfile.TemporaryDirectory(prefix="launchpad-test-")
        self.root = os.path.join(self.folder.name, "root")
        os.mkdir(self.root)
        self.orders = 0
        # By the kernel, when memory runs out: its satellites.
        self.is_preferred = True
        self.packages = []
        fd = theirs.fileno()
        # The shell moves the channel to where a zygote finds it.
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", f'exec "$0" -I -S "$1" 3<&{fd} {fd}<&-', python(), launcher()]
            if fd != 3
            else [python(), "-I", "-S", launcher()],
            pass_fds=[fd],
            stdin=subprocess.DEVNULL,
            env={"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", **variables},
        )
        theirs.close()
        self.channel.send(postcard.confine(network, programs))
        self.problems = []
        assert self.answer()[0] == ("preloaded", None)
        for modules in preload:
            self.channel.send(postcard.preload(modules))
            (kind, problem), _ = self.answer()
            assert kind == "preloaded"
            self.problems.append(problem)
        self.channel.send(postcard.loaded())
        message, _ = self.answer()
        kind, self.version, self.environment = message
        assert kind == "hello"

    def order(self, tmp_limit=16 * MIB, root=None, **policy):
        """The zygote's answer and our ends of launch channel and lifeline. `policy`: as postcard.fork's."""
        launch, their_launch = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        lifeline, their_lifeline = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self.orders += 1
        policy = {"landlock": landlock(), **policy}
        message = postcard.fork(self.orders, root or self.root, tmp_limit, **policy)
        send(self.channel, message, [their_launch.fileno(), their_lifeline.fileno()])
        their_launch.close()
        their_lifeline.close()
        answer, process = self.answer()
        if answer[0] == "forked":
            answer = self.let_go(process, launch, lifeline) or (*answer, process)
        return answer, launch, lifeline

    def let_go(self, process, launch, lifeline):
        """As launchpadd and a keeper, when the init has begun; None, or its refusal."""
        launch.settimeout(30)
        message = postcard.from_satellite(launch.recv(16384))
        if message[0] != "begun":
            return message
        own, theirs = (os.stat(f"/proc/{who}/ns/user").st_ino for who in ("self", process))
        if own != theirs:
            write(f"/proc/{process}/setgroups", "deny")
            write(f"/proc/{process}/uid_map", f"1000 {os.geteuid()} 1")
            write(f"/proc/{process}/gid_map", f"1000 {os.getegid()} 1")
        if self.is_preferred:
            write(f"/proc/{process}/oom_score_adj", "1000")
        lifeline.send(b"g")
        return None

    def answer(self):
        """To an order, with the process that it is about. What the zygote tells of its packages before
        is kept."""
        while True:
            data, fds, _, _ = socket.recv_fds(self.channel, 16384, 1)
            process = process_of(fds.pop()) if fds else None
            message = postcard.from_zygote(data)
            if message[0] != "packages":
                return message, process
            self.packages += message[1]

    def satellite(self, **options):
        answer, launch, lifeline = self.order(**options)
        assert answer[0] == "forked", answer
        return Satellite(answer[2], launch, lifeline)

    def call(self, script, **options):
        satellite = self.satellite(**{k: options.pop(k) for k in ("tmp_limit",) if k in options})
        try:
            satellite.ready()
            return satellite.call(script, **options)
        finally:
            satellite.end()

    def close(self):
        self.channel.close()
        assert self.process.wait(10) == 0
        self.folder.cleanup()


class Satellite:
    def __init__(self, init, launch, lifeline):
        self.init = init
        self.launch = launch
        self.lifeline = lifeline

    def ready(self):
        self.launch.settimeout(30)
        message = postcard.from_satellite(self.launch.recv(16384))
        assert message == ("ready",), message

    def start(self, memory=1024 * MIB, processes=64, processors=None):
        """Assigns a request; returns our ends of its five descriptors. `processors`: as launchpadd keeps
        it to them, from outside."""
        if processors:
            os.sched_setaffinity(self.init, processors)
            with open(f"/proc/{self.init}/task/{self.init}/children") as children:
                os.sched_setaffinity(int(children.read()), processors)
        pipes = {"input": os.pipe(), "output": os.pipe(), "stdout": os.pipe(), "stderr": os.pipe()}
        control, theirs = socket.socketpair()
        theirs_of = [pipes["input"][0], *(pipes[n][1] for n in ("output", "stdout", "stderr"))]
        send(
            self.launch,
            postcard.assign(7, memory, processes=processes),
            [*theirs_of, theirs.fileno()],
        )
        for fd in theirs_of:
            os.close(fd)
        theirs.close()
        self.launch.close()
        return pipes["input"][1], *(pipes[n][0] for n in ("output", "stdout", "stderr")), control

    def call(
        self,
        script,
        params=None,
        rows=None,
        wanted=None,
        names=("InputDataSet", "OutputDataSet"),
        memory=1024 * MIB,
        processes=64,
        processors=None,
        kill=None,
        frame_types="numpy",
        read_back=(),
        time_zone="UTC",
    ):
        began = time.monotonic()
        given, output, stdout, stderr, control = self.start(memory, processes, processors)
        source = script.encode()
        schema = wanted.serialize().to_pybytes() if wanted is not None else b""
        head = postcard.run(
            *names,
            params is not None,
            rows is not None,
            len(source),
            schema,
            frame_types,
            read_back,
            time_zone,
        )
        pieces = b"".join(
            postcard.script(source[at : at + 1000]) for at in range(0, len(source), 1000)
        )
        heard = {fd: bytearray() for fd in (output, stdout, stderr, control.fileno())}

        def write():
            try:
                control.sendall(head + pieces)
                with open(given, "wb") as pipe:
                    for table in (params, rows):
                        if table is not None:
                            with pyarrow.ipc.new_stream(pipe, table.schema) as stream:
                                stream.write_table(table)
            except BrokenPipeError:
                pass

        writer = threading.Thread(target=write)
        writer.start()
        waiting = set(heard)
        while waiting:
            for fd in select.select(waiting, (), (), 30)[0]:
                data = os.read(fd, 1 << 20) if fd != control.fileno() else control_read(control)
                heard[fd] += data
                if not data:
                    waiting.discard(fd)
            if kill and kill in bytes(heard[stdout]):
                self.lifeline.close()
                kill = None
        writer.join()
        answered = time.monotonic()
        for fd in (output, stdout, stderr):
            os.close(fd)
        told = bytes(heard.pop(control.fileno()))
        control.close()
        messages = [postcard.from_script(payload) for payload in postcard.payloads(told)]
        message = messages.pop() if messages else None
        read_back = "".join(piece for kind, piece in messages if kind == "params")
        imported = [found for kind, found in messages if kind == "imported"]
        table = None
        if heard[output]:
            table = pyarrow.ipc.open_stream(bytes(heard[output])).read_all()
        out, err = bytes(heard[stdout]).decode(), bytes(heard[stderr]).decode()
        seconds = answered - began
        return Outcome(message, table, out, err, self.report(), seconds, read_back, imported)

    def report(self):
        if self.lifeline.fileno() < 0:
            return None
        self.lifeline.settimeout(10)
        data = self.lifeline.recv(28)
        return Ended(*struct.unpack("<iQQQ", data)) if len(data) == 28 else None

    def end(self):
        """Closes the lifeline and waits for the init, which nobody else would."""
        self.lifeline.close()
        self.launch.close()
        return os.waitpid(self.init, 0)[1]

    def kill(self):
        os.kill(self.init, signal.SIGKILL)


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def process_of(pidfd):
    """The number of the process, whose pidfd is closed."""
    with open(f"/proc/self/fdinfo/{pidfd}") as lines:
        number = next(int(line.split()[1]) for line in lines if line.startswith("Pid:"))
    os.close(pidfd)
    return number


def control_read(control):
    try:
        return control.recv(1 << 20)
    except ConnectionResetError:
        return b""


def send(channel, message, fds):
    channel.sendmsg(
        [message], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds).tobytes())]
    )


def memory_of(pid, field="Pss"):
    """KiB, by the kernel's count; needs a dumpable process or the super-user."""
    with open(f"/proc/{pid}/smaps_rollup") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(field + ":"))


_shared = None


def shared():
    """One zygote for all tests: each call has its own satellite anyway."""
    global _shared
    if _shared is None:
        _shared = Zygote()
        atexit.register(_shared.close)
    return _shared
