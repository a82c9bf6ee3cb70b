"""A zygote for tests: forks satellites that play the part of real ones, without any sandbox.

Only the standard library. Messages are postcard by hand: an enum is its variant's index, integers
are LEB128, strings are their length and their bytes, a struct is its fields.

The file `behaviour` beside it says what goes wrong: words, read at the start and before each fork.
What a satellite's script does is the first line on its control channel: `exit N`, `signal N`,
`hang`, `linger` (exits, but its init does not), `report-fds`, `report-allowance`,
`report-affinity`, `children N MB` (that many, each with so much memory), `spin N` (that many, each
as busy as it can be), `wake` (busy; with the behaviour `wake` it is woken by a process that is not
the satellite's own whenever it is stopped).
"""

import array
import ctypes
import mmap
import os
import select
import signal
import socket
import struct
import sys
import time

VERSION = 14
PR_SET_PDEATHSIG = 1
PR_GET_PDEATHSIG = 2
PR_SET_SECCOMP = 22
PR_SET_NO_NEW_PRIVS = 38
CLONE_NEWNET = 0x40000000
# cgroup, uts, ipc, user, pid, mount.
NAMESPACES = 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x20000
NAMESPACES |= CLONE_NEWNET
# A report of having nothing, field by field.
NOTHING = 3 * [0] + 5 * [0] + 5 * [0] + 7 * [0] + [0] + [0] + 4 * [0] + [0] + [0]
libc = ctypes.CDLL(None)


def varint(number):
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def text(string):
    raw = string.encode()
    return varint(len(raw)) + raw


def read_varint(data, at):
    number = shift = 0
    while True:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return number, at


def behaviour():
    with open(os.path.join(os.path.dirname(__file__), "behaviour")) as file:
        return file.read().split()


def whole_report(network):
    """`Ready` with the report of a satellite that has all layers, which the test has written."""
    name = ["ready", "ready-network"][network]
    with open(os.path.join(os.path.dirname(__file__), name), "rb") as file:
        return file.read()


def die_with_parent():
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def spin():
    while True:
        pass


def wake(init):
    """A process that is not the satellite's own, and does not let it rest."""
    if os.fork() == 0:
        while True:
            try:
                with open(f"/proc/{init}/task/{init}/children") as children:
                    for child in children.read().split():
                        os.kill(int(child), signal.SIGCONT)
            except (ProcessLookupError, FileNotFoundError):
                os._exit(0)
            time.sleep(0.001)


def script(channel, how, allowance):
    """The satellite's script process: ready, one request, its end."""
    if "hang-warming" in how:
        time.sleep(3600)
    if "die-warming" in how:
        os._exit(9)
    if "refuse" in how:
        channel.send(varint(1) + text("namespaces") + text("Operation not permitted"))
        os._exit(1)
    if "exercise" in how:
        channel.send(varint(1) + text("exercise") + text("no module named numpy"))
        os._exit(1)
    if "unsandboxed" in how:
        channel.send(varint(0) + bytes(NOTHING))
    else:
        channel.send(whole_report(allowance[0]))
    message, ancillary, _, _ = channel.recvmsg(4096, socket.CMSG_SPACE(5 * 4))
    if not message:
        os._exit(0)
    fds = array.array("i")
    for _, _, data in ancillary:
        fds.frombytes(data)
    channel.close()
    control = os.fdopen(fds[4], "rb+", buffering=0)
    words = control.readline().decode().split() or ["exit", "0"]
    if words[0] == "exit":
        os._exit(int(words[1]))
    if words[0] == "signal":
        os.kill(os.getpid(), int(words[1]))
    if words[0] == "report-fds":
        for fd, name in zip(fds, ["input", "output", "stdout", "stderr", "control"], strict=True):
            os.write(fd, name.encode() + b"\n")
        os._exit(0)
    if words[0] == "children":
        for _ in range(int(words[1])):
            if os.fork() == 0:
                die_with_parent()
                kept = bytearray(int(words[2]) << 20)
                kept[:: mmap.PAGESIZE] = bytes(len(kept[:: mmap.PAGESIZE])).replace(b"\0", b"x")
                time.sleep(3600)
    if words[0] == "spin":
        for _ in range(int(words[1])):
            if os.fork() == 0:
                die_with_parent()
                spin()
    if words[0] == "wake":
        control.write(b"hanging\n")
        spin()
    if words[0] == "report-affinity":
        processors = sorted(os.sched_getaffinity(0))
        control.write(" ".join(map(str, processors)).encode() + b"\n")
        os._exit(0)
    if words[0] == "report-allowance":
        network, programs, tell = allowance
        control.write(f"network {network} programs {programs} tell {tell}\n".encode())
        os._exit(0)
    if words[0] == "linger":
        os._exit(77)
    control.write(b"hanging\n")
    time.sleep(3600)


def init(channel, lifeline, how, allowance):
    """The satellite's init: waits for the go, then for the script or the lifeline, reports, exits."""
    channel.send(varint(2))
    if not lifeline.recv(1):
        os._exit(1)
    pid = os.fork()
    if pid == 0:
        lifeline.close()
        die_with_parent()
        script(channel, how, allowance)
    channel.close()
    pidfd = os.pidfd_open(pid)
    ready, _, _ = select.select([lifeline, pidfd], [], [])
    if lifeline in ready:
        os._exit(1)
    _, status, usage = os.wait4(pid, 0)
    micros = [int(seconds * 1e6) for seconds in (usage.ru_utime, usage.ru_stime)]
    lifeline.send(struct.pack("<iQQQ", status, *micros, usage.ru_maxrss))
    if os.waitstatus_to_exitcode(status) == 77:
        time.sleep(3600)
    os._exit(0)


def fork(zygote, message, fds):
    order, at = read_varint(message, 1)
    length, at = read_varint(message, at)
    # Behind the root's path the policy: the sandbox's kind, then what is allowed.
    at += length + 1
    allowance = message[at : at + 3]
    how = behaviour()
    if "hasty" in how:
        socket.socket(fileno=os.dup(fds[0])).send(whole_report(0))
    if "stranger" in how:
        answer(zygote, varint(1) + varint(order), os.getpid())
        return
    if "keeper" in how:
        answer(zygote, varint(1) + varint(order), 1)
        return
    if "nobody" in how:
        zygote.send(varint(1) + varint(order))
        return
    if "flood" in how:
        while True:
            zygote.send(varint(3) + varint(0))
    if "twice" in how:
        zygote.send(varint(0) + varint(VERSION) + text("again"))
    if "no-programs" in how and allowance[1]:
        zygote.send(varint(2) + varint(order) + text("namespaces") + text("Operation not permitted"))
        return
    if "die-forking" in how:
        os._exit(5)
    if "not-forked" in how:
        zygote.send(
            varint(2) + varint(order) + text("namespaces") + text("No space left on device")
        )
        return
    channel, lifeline = (socket.socket(fileno=fd) for fd in fds)
    reading, writing = os.pipe()
    middle = os.fork()
    if middle == 0:
        # The real one does it in one step.
        libc.unshare(NAMESPACES if allowance[0] == 0 else NAMESPACES & ~CLONE_NEWNET)
        pid = os.fork()
        if pid == 0:
            zygote.close()
            os.close(reading)
            os.close(writing)
            init(channel, lifeline, how, allowance)
        os.write(writing, struct.pack("<i", pid))
        time.sleep(3600)
    pid = struct.unpack("<i", os.read(reading, 4))[0]
    os.close(reading)
    os.close(writing)
    channel.close()
    lifeline.close()
    if "wake" in how:
        wake(pid)
    answer(zygote, varint(1) + varint(order), pid)
    os.kill(middle, signal.SIGKILL)
    os.waitpid(middle, 0)


def answer(zygote, message, process):
    pidfd = os.pidfd_open(process)
    socket.send_fds(zygote, [message], [pidfd])
    os.close(pidfd)


def pretend():
    """As one that has no rights left, under a filter that refuses nothing."""
    none = ctypes.create_string_buffer(24)
    assert libc.capset(struct.pack("=Ii", 0x20080522, 0), none) == 0
    assert libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    allow = ctypes.create_string_buffer(struct.pack("<HBBI", 6, 0, 0, 0x7FFF0000))
    program = ctypes.create_string_buffer(struct.pack("@HP", 1, ctypes.addressof(allow)))
    assert libc.prctl(PR_SET_SECCOMP, 2, program) == 0


def main():
    zygote = socket.socket(fileno=3)
    how = behaviour()
    if "unconfined" not in how:
        pretend()
    if "no-start" in how:
        print("Traceback (most recent call last):\nModuleNotFoundError: No module named 'pandas'")
        sys.exit(1)
    version = 99 if "other-version" in how else VERSION
    if "garbage" in how:
        zygote.send(b"\xff\xff\xff")
    for name in ["numpy", "pandas"]:
        packages = text(name) + text("1.0") + text(f"{name}-more") + text("2.1")
        zygote.send(varint(3) + varint(2) + packages)
    zygote.send(varint(0) + varint(version) + text("for tests"))
    if "unasked" in how:
        for _ in range(3):
            zygote.send(varint(2) + varint(0) + text("fork") + text("nobody asked"))
    while True:
        message, ancillary, _, _ = zygote.recvmsg(4096, socket.CMSG_SPACE(2 * 4))
        if not message:
            return
        if message[0] == 0:
            # How it is to be confined, which it only pretends.
            continue
        fds = array.array("i")
        for _, _, data in ancillary:
            fds.frombytes(data)
        fork(zygote, message, list(fds))


# Besides the standard three, its channel is all that a zygote inherits.
inherited = [fd for fd in range(3, 256) if os.path.exists(f"/proc/self/fd/{fd}")]
assert inherited == [3], inherited
assert "HOME_OF_TESTS" not in os.environ
assert os.getcwd() == "/" and os.getsid(0) == os.getpid()
# It dies with launchpadd, also if a shell script has exec'd it.
death = ctypes.c_int()
libc.prctl(PR_GET_PDEATHSIG, ctypes.byref(death))
assert death.value == signal.SIGKILL, death.value
main()
