"""Runs hostile scripts in satellites that omit steps of their sandbox, where they harm nothing.

Run by omissions.py, as the cluster's owner and first process of separate pid and network
namespaces: driver.py FOLDER, which holds this file, the Python launcher's test harness, and
cases.json. One line of JSON comes out for each case.
"""

import contextlib
import ctypes
import fcntl
import json
import os
import pwd
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

# What clouds answer with the machine's credentials; here it is this network namespace's own.
METADATA = "169.254.169.254"
SECONDS = 30
# What leaves processes behind is not waited for: they may hold the call's pipes.
SECONDS_LEFT = 1
# Far above what a script of ours takes before it says that it got through, and below what harms.
BOUNDS = {
    resource.RLIMIT_NPROC: 3000,
    resource.RLIMIT_AS: 6 << 30,
    resource.RLIMIT_FSIZE: 256 << 20,
    resource.RLIMIT_CORE: 0,
    resource.RLIMIT_CPU: 600,
}


def become(owner: str):
    """From root to the cluster's owner, having set up the network; starts anew, as one who was
    never root: nothing of him is hidden from processes of his own."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        address = struct.pack("16sHH4s8x", b"lo:1", socket.AF_INET, 0, socket.inet_aton(METADATA))
        fcntl.ioctl(one, 0x8914, struct.pack("16sh22x", b"lo", 0x1 | 0x40))  # SIOCSIFFLAGS: up
        fcntl.ioctl(one, 0x8916, address)  # SIOCSIFADDR
    # A mount of this namespace: what gets through fills that.
    ctypes.CDLL(None).mount(b"tmpfs", b"/dev/shm", b"tmpfs", 0, b"size=1g,mode=1777")
    Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").write_text("0")
    user = pwd.getpwnam(owner)
    os.initgroups(owner, user.pw_gid)
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    os.execv(sys.executable, [sys.executable, "-B", *sys.argv])


def processes() -> set[int]:
    return {int(name) for name in os.listdir("/proc") if name.isdigit()}


def bury():
    """Reaps whom nobody waits for."""
    with contextlib.suppress(ChildProcessError):
        while os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if found is None or found.si_pid in KEPT:
                return
            os.waitpid(found.si_pid, 0)


KEPT: set[int] = {1}


def end_all():
    for pid in processes() - KEPT:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def left() -> int:
    """How many processes a call left behind; they are ended."""
    number = 0
    deadline = time.monotonic() + 0.5
    while True:
        bury()
        others = processes() - KEPT
        if not others:
            return number
        if time.monotonic() > deadline:
            number = max(number, len(others))
            end_all()
        time.sleep(0.005)


def run(zygote, case: dict, text: str) -> tuple[str, str]:
    ended = threading.Event()

    def end():
        ended.set()
        end_all()

    watch = threading.Timer(SECONDS_LEFT if case["leaves"] else SECONDS, end)
    satellite = zygote.satellite(tmp_limit=case["tmp"], **case["policy"])
    try:
        satellite.ready()
        watch.start()
        got = satellite.call(text, memory=case["memory"])
    finally:
        with contextlib.suppress(ChildProcessError):
            satellite.end()
        watch.cancel()
    remaining = left() or ended.is_set()
    if got.output is None or got.message is None or got.message[0] != "done":
        return "error", str(got.message)[:300]
    outcome, detail = (got.output.column(at)[0].as_py() for at in (0, 1))
    if outcome == "tried" and remaining:
        return "through", "processes left behind"
    return outcome, detail


def main(folder: Path):
    told = json.loads((folder / "cases.json").read_text())
    if os.geteuid() == 0:
        become(told["owner"])
    # Again: to become another user takes it off. With this process ends all that is in here.
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)
    for limit, most in BOUNDS.items():
        hard = resource.getrlimit(limit)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(limit, (most, most))
    os.environ |= {"LAUNCHPAD_TEST_PYTHON": sys.executable}
    os.environ |= {"LAUNCHPAD_TEST_LAUNCHER": str(folder / "launcher")}
    sys.path.insert(0, str(folder))
    import launchpad

    import planted

    # First: the harness wants low numbers for its descriptors.
    zygotes = {}
    for case in told["cases"] or [{"policy": {}}]:
        reach = json.dumps(case["policy"], sort_keys=True)
        if reach not in zygotes:
            omitted = {"LAUNCHPAD_OMISSIONS": told["omissions"]}
            zygotes[reach] = launchpad.Zygote(**case["policy"], **omitted)
            zygotes[reach].is_preferred = told["score"]
            KEPT.add(zygotes[reach].process.pid)
    with contextlib.ExitStack() as stack:
        facts = stack.enter_context(planted.files(folder))
        facts |= stack.enter_context(planted.listeners("control", "0.0.0.0"))
        facts |= stack.enter_context(victim(folder))
        metadata = stack.enter_context(socket.socket())
        metadata.bind((METADATA, 80))
        metadata.listen(1000)
        facts["zygote"] = next(iter(zygotes.values())).process.pid
        work = folder / "work"
        facts["work"] = str(work) if told["outside"] else "/job"
        for case in told["cases"]:
            shutil.rmtree(work, ignore_errors=True)
            work.mkdir()
            previous = None
            zygote = zygotes[json.dumps(case["policy"], sort_keys=True)]
            for _ in range(2 if case["again"] else 1):
                text = f"planted = {facts | {'previous': previous}!r}\n{case['text']}"
                try:
                    outcome, previous = run(zygote, case, text)
                except Exception as error:
                    left()
                    outcome, previous = "broken", repr(error)
            print(json.dumps([case["name"], outcome, previous]), flush=True)
        for zygote in zygotes.values():
            zygote.close()


@contextlib.contextmanager
def victim(folder: Path):
    """A process of the same user that plays postmaster, backend and neighbour at once, with a
    password in its environment, in a data directory."""
    import planted

    data = folder / "data"
    data.mkdir()
    (data / "log").write_text("a statement of another role\n")
    secret = planted.write(data / "planted", "data")
    with socket.socket(socket.AF_UNIX) as one, contextlib.ExitStack() as stack:
        one.bind(str(data / ".s.PGSQL.5432"))
        one.listen(1000)
        other = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
        other.bind(str(data / "launchpad.sock"))
        other.listen(1000)
        process = subprocess.Popen(
            ["/bin/sleep", "1000"], env={"PGPASSWORD": planted.secret("password")}, cwd=data
        )
        KEPT.add(process.pid)
        yield {
            "data": str(data),
            "data_file": secret,
            "log": str(data / "log"),
            "socket": str(data / ".s.PGSQL.5432"),
            "launchpad": str(data / "launchpad.sock"),
            **dict.fromkeys(("postmaster", "launchpadd", "neighbour", "backend"), process.pid),
        }
        process.kill()
        process.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
