"""While a script holds all that it can get of what the kernel counts by OS user, everybody else
goes on: new connections, calls of other roles, which pass descriptors, and pipes.
"""

import json
import os
import subprocess
import sys
import time

import pytest

import modes
from calls import RunningCall, works
from conftest import make_role

# Each takes what it can, forks where it can, and keeps it.
BEGIN = """
import array, ctypes, os, signal, socket, time
libc = ctypes.CDLL(None, use_errno=True)
def children(number, act):
    for _ in range(number):
        try:
            if os.fork() == 0:
                kept = act()
                time.sleep(1000)
        except OSError:
            break
    return act()
"""
EPOLL = """
def act():
    kept = []
    for _ in range(200):
        epoll = libc.epoll_create1(0)
        event = ctypes.create_string_buffer(b"\\x01" + bytes(15))
        if epoll < 0:
            break
        for fd in range(250):
            libc.epoll_ctl(epoll, 1, fd, event)
        kept.append(epoll)
    return kept
"""
HOGS = {
    # The kernel's own, and the one that is made of poll.
    "epoll": "libc = ctypes.CDLL('libc.so.6', use_errno=True)\n" + EPOLL,
    "made epoll": EPOLL,
    "descriptors in flight": """
def act():
    one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    one.setblocking(False)
    rights = array.array("i", [0] * 250).tobytes()
    try:
        while True:
            one.sendmsg([b"x"], [(socket.SOL_SOCKET, 1, rights)])
    except OSError:
        return one, other
""",
    "signals and timers": """
def act():
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGRTMIN})
    while not libc.sigqueue(os.getpid(), int(signal.SIGRTMIN), None):
        pass
    timer = ctypes.c_void_p()
    while not libc.timer_create(1, None, ctypes.byref(timer)):
        pass
""",
    "pipes": """
def act():
    kept = []
    try:
        while True:
            kept.append(os.pipe())
    except OSError:
        return kept
""",
}
# Those that make pipes.
PIPES = ("pipes", "made epoll")
END = "\nkept = children(55, act)\ntime.sleep(1000)\n"


def seen_from_outside(owner: int) -> dict:
    """What a process of the server's user gets."""
    code = """
import fcntl, json, os, select, socket
epoll = select.epoll()
read, write = os.pipe()
epoll.register(read)
one, other = socket.socketpair()
socket.send_fds(one, [b"x"], [read] * 50)
print(json.dumps({"pipe": fcntl.fcntl(read, 1032)}))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], user=owner, stdout=subprocess.PIPE, check=True
    )
    return json.loads(done.stdout)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be the server's user")
@pytest.mark.parametrize("quota", HOGS)
def test_everybody_else_goes_on(world, quota):
    cluster = world.cluster
    owner = os.stat(cluster.data).st_uid
    if not world.roles.get(("hog",)):
        make_role(cluster, "hog")
        world.roles[("hog",)] = "hog"
    hog = RunningCall(cluster, BEGIN + HOGS[quota] + END, setup="SET SESSION ROLE hog")
    try:
        hog.wait_for("running")
        time.sleep(3)
        for _ in range(3):
            with cluster.connect(user="neighbour") as session:
                assert session.execute("SELECT 1").fetchone() == (1,)
            assert works(cluster)
            pipe = seen_from_outside(owner)["pipe"]
            # What docs/sandbox.md says.
            assert pipe == 65536 or (quota in PIPES and modes.MODE != "workers")
    finally:
        hog.connection.cancel()
        came = hog.error()
    assert came.sqlstate == "57014", came
    world.canary.check()
