"""The cluster's processes as /proc shows them: who there is, and what each has open.

launchpadd and what it starts cannot be dumped, so that only root can read their descriptors;
without root those counts are left out.
"""

import errno
import os
import pwd
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
# They come and go by the server's own will.
PASSING = ("autovacuum worker", "parallel worker")


@dataclass(frozen=True)
class Process:
    pid: int
    parent: int
    uid: int
    started: int  # in clock ticks since the machine's start
    spaces: int  # pid namespaces that it is in; 1 = outside, or in the container sandbox
    score: int  # oom_score_adj: 1000 in satellites
    title: str
    zombie: bool


def read(pid: int) -> Process | None:
    """None when it is gone."""
    folder = PROC / str(pid)
    try:
        status = dict(
            line.split(":\t", 1)
            for line in (folder / "status").read_text(errors="replace").splitlines()
            if ":\t" in line
        )
        # After the name, which may hold anything: state is field 3, the start is field 22.
        fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
        score = int((folder / "oom_score_adj").read_text())
        title = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    return Process(
        pid=pid,
        parent=int(status["PPid"]),
        uid=int(status["Uid"].split()[0]),
        started=int(fields[19]),
        spaces=len(status["NSpid"].split()),
        score=score,
        title=title.strip() or status["Name"].strip(),
        zombie=fields[0] == "Z",
    )


def gone(pid: int) -> bool:
    """Whether nothing of it is left but, at most, an entry that its new parent has yet to reap."""
    found = read(pid)
    return found is None or found.zombie


def everything() -> dict[int, Process]:
    found = (read(int(name)) for name in os.listdir(PROC) if name.isdigit())
    return {process.pid: process for process in found if process}


def descendants(root: int, processes: dict[int, Process]) -> set[int]:
    found = {root} & processes.keys()
    while True:
        more = {p.pid for p in processes.values() if p.parent in found} - found
        if not more:
            return found
        found |= more


def is_launchpadd(process: Process) -> bool:
    return process.title.split(" ")[0].endswith("/launchpadd")


def is_keeper(process: Process) -> bool:
    return process.title.split(" ")[0].endswith("/launchpad-keeper")


def kind(process: Process, processes: dict[int, Process]) -> str:
    """What a process of the cluster is: launchpadd, R zygote, satellite, a server process."""
    dead = "zombie " if process.zombie else ""
    parent = processes.get(process.parent)
    if process.score == 1000:
        inside = parent is not None and parent.score == 1000
        return dead + ("in a satellite" if inside else "satellite")
    if is_keeper(process):
        return dead + ("keeper" if process.spaces > 1 else "monitor")
    if process.title.startswith("postgres: "):
        words = process.title.removeprefix("postgres: ").removeprefix("demo: ")
        return dead + ("client backend" if "[local]" in words else words.strip())
    if is_launchpadd(process):
        return dead + "launchpadd"
    if "launchpad-sweeper" in process.title:
        return dead + "sweeper"
    if parent is not None and (is_launchpadd(parent) or is_keeper(parent)):
        language = "R" if "--file=" in process.title else "Python"
        return dead + f"{language} zygote"
    if process.title.split(" ")[0].endswith("/postgres"):
        return dead + "postmaster"
    return dead + process.title


def adopts_orphans(process: Process | None) -> bool:
    return process is None or process.pid == 1 or process.title.endswith("systemd --user")


def of_cluster(postmaster: int) -> dict[int, tuple[str, Process]]:
    """The postmaster's descendants, and what got away from them: pid → kind and process."""
    processes = everything()
    ours = descendants(postmaster, processes)
    found = {pid: (kind(processes[pid], processes), processes[pid]) for pid in ours}
    root = processes.get(postmaster)
    if root is None:
        return found
    # Got away: it belongs to the server's user, began after the server, has lost its parents, and
    # is ours by name or by living in a sandbox. Another cluster's children still have parents.
    for process in processes.values():
        if process.pid in ours or process.uid != root.uid or process.started < root.started:
            continue
        if process.zombie:
            continue  # it has ended; burying it is the business of the machine's init
        # Other clusters' postmasters never had parents; their folders may be called like us.
        is_server = process.title.split(" ")[0].endswith("/postgres")
        is_ours = process.spaces > 1 or ("launchpad" in process.title and not is_server)
        # A zombie holds nothing any more; to reap it is its new parent's business.
        if is_ours and not process.zombie and adopts_orphans(processes.get(process.parent)):
            found[process.pid] = (f"orphan {kind(process, processes)}", process)
    return {
        pid: pair for pid, pair in found.items() if not any(word in pair[0] for word in PASSING)
    }


def descriptors(pid: int, files: bool = True) -> Counter | None:
    """How many sockets, pipes, … are open; None when the process is gone or may not be read.

    Server processes open and close relation files as they please: files = False leaves these out.
    """
    found: Counter = Counter()
    try:
        for name in os.listdir(PROC / str(pid) / "fd"):
            try:
                link = os.readlink(PROC / str(pid) / "fd" / name)
            except FileNotFoundError:
                continue
            except OSError as error:
                # A file as well, too deep for any path.
                if error.errno != errno.ENAMETOOLONG:
                    raise
                link = "/"
            group = link.partition(":")[0] if not link.startswith("/") else "file"
            if link.startswith("/memfd:"):
                group = "memfd"
            if files or group != "file":
                found[group] += 1
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None
    return found


def highest_descriptor(pid: int) -> int:
    return max(int(name) for name in os.listdir(PROC / str(pid) / "fd"))


def prlimit(pid: int, *arguments: str) -> str:
    """What the command of that name prints. It is run as the process's own user: in a container not
    even root may do it to another's."""
    process = read(pid)
    if process is None:
        raise ProcessLookupError(pid)
    become: list[str] = []
    if os.geteuid() == 0:
        group = pwd.getpwuid(process.uid).pw_gid
        become = ["setpriv", f"--reuid={process.uid}", f"--regid={group}", "--clear-groups"]
    command = [*become, "prlimit", f"--pid={pid}", *arguments]
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout
    except subprocess.CalledProcessError:
        if gone(pid):
            raise ProcessLookupError(pid) from None
        raise


@contextmanager
def limited(pid: int, resource: str, soft: int) -> Iterator[None]:
    """For a while a process has this limit, by prlimit's name for it."""
    asked = ("--raw", "--noheadings", "--output=SOFT,HARD")
    before, hard = prlimit(pid, f"--{resource}", *asked).split()
    prlimit(pid, f"--{resource}={soft}:{hard}")
    try:
        yield
    finally:
        # It may have ended meanwhile.
        with suppress(ProcessLookupError):
            prlimit(pid, f"--{resource}={before}:{hard}")
