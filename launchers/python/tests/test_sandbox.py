"""What a script cannot do, and what ends a satellite."""

import os
import select
import socket
import tempfile
import unittest

import launchpad
import postcard


def call(script, **options):
    return launchpad.shared().call(script, **options)


PROBE = """
import ctypes, errno, os, socket
libc = ctypes.CDLL(None, use_errno=True)
def tell(name, act):
    try: print(name, act())
    except OSError as error: print(name, errno.errorcode.get(error.errno, error))
def syscall(number, *arguments):
    if libc.syscall(number, *arguments) < 0: raise OSError(ctypes.get_errno(), "")
    return "allowed"
"""


ETC = ["fonts", "group", "hosts", "ld.so.cache", "localtime", "nsswitch.conf", "passwd"]


class Walls(unittest.TestCase):
    def assert_told(self, script, expected, **options):
        got = call(PROBE + script, **options)
        self.assertEqual(got.stdout.splitlines(), expected, got)

    def test_files(self):
        self.assert_told(
            """
for path in ("/etc/shadow", "/home", "/root", "/var", "/sys", "/usr/bin", "/proc/kallsyms"):
    tell(path, lambda: os.stat(path))
tell("etc", lambda: sorted(os.listdir("/etc")))
tell("root", lambda: open("/x", "w"))
tell("stdlib", lambda: os.statvfs(os.__file__).f_flag & os.ST_RDONLY)
tell("etc file", lambda: open("/etc/passwd", "a"))
tell("link", lambda: os.symlink("/etc/shadow", "out"))
tell("through it", lambda: open("out"))
""",
            [
                *(
                    f"{path} ENOENT"
                    for path in [
                        "/etc/shadow",
                        "/home",
                        "/root",
                        "/var",
                        "/sys",
                        "/usr/bin",
                        "/proc/kallsyms",
                    ]
                ),
                f"etc {ETC}",
                "root EROFS",
                "stdlib 1",
                "etc file EROFS",
                "link None",
                "through it ENOENT",
            ],
        )

    def test_processes(self):
        if call("import os; print(os.path.isdir('/proc/self'))").stdout == "False\n":
            self.skipTest("this kernel gives the sandbox no /proc")
        self.assert_told(
            """
tell("exec", lambda: os.execv("/bin/true", ["true"]))
tell("memory of init", lambda: open("/proc/1/mem", "rb"))
tell("environment of init", lambda: open("/proc/1/environ", "rb").read())
tell("parent", os.getppid)
tell("processes", lambda: sorted(p for p in os.listdir("/proc") if p.isdigit()))
tell("oom", lambda: open("/proc/self/oom_score_adj", "w"))
tell("score", lambda: open("/proc/self/oom_score_adj").read().strip())
tell("descriptors", lambda: [os.readlink(f"/proc/self/fd/{i}").split(":")[0] for i in (0, 1, 2, 5)])
tell("how many", lambda: len(os.listdir("/proc/self/fd")) - 1)
status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp", "Seccomp_filters"):
    print(name, status[name].strip())
""",
            [
                "exec EACCES",
                "memory of init EACCES",
                "environment of init EACCES",
                "parent 1",
                "processes ['1', '2']",
                "oom EROFS",
                "score 1000",
                "descriptors ['/dev/null', 'pipe', 'pipe', 'socket']",
                # The input was read, the output is open: 0, 1, 2, 4, 5.
                "how many 5",
                *(f"{name} 0000000000000000" for name in ("CapEff", "CapPrm", "CapBnd", "CapAmb")),
                "NoNewPrivs 1",
                "Seccomp 2",
                "Seccomp_filters 10",
            ],
        )

    def test_memory_of_the_zygote_lies_together(self):
        """What its packages have made of small objects: huge pages have room for it."""
        if call("import os; print(os.path.isdir('/proc/self'))").stdout == "False\n":
            self.skipTest("scripts have no /proc")
        script = """
import pandas
places = [id(value) for value in vars(pandas.DataFrame).values()]
for line in open("/proc/self/maps"):
    start, end = (int(number, 16) for number in line.split()[0].split("-"))
    print(end - start, sum(start <= place < end for place in places))
"""
        lines = [line.split() for line in call(script).stdout.splitlines()]
        large = sum(int(count) for size, count in lines if int(size) >= 4 << 20)
        self.assertGreater(large, sum(int(count) for _, count in lines) / 2)

    def test_network(self):
        self.assert_told(
            """
for family in (socket.AF_INET, socket.AF_INET6, socket.AF_VSOCK, socket.AF_NETLINK, 38):
    tell(int(family), lambda: socket.socket(family, 2))
tell("local", lambda: socket.socket(socket.AF_UNIX).connect("/run/postgresql/.s.PGSQL.5432"))
tell("pair", lambda: len(socket.socketpair()))
""",
            [
                *(f"{family} EAFNOSUPPORT" for family in (2, 10, 40, 16, 38)),
                "local ENOENT",
                "pair 2",
            ],
        )

    @unittest.skipUnless(os.uname().machine == "x86_64", "system call numbers are x86_64's")
    def test_system_calls(self):
        self.assert_told(
            """
for name, number, *arguments in [
    ("clone3", 435, 0, 0), ("io_uring", 425, 1, 0), ("future", 480), ("unshare", 272, 0x10000000),
    ("clone", 56, 0x10000011, 0, 0, 0, 0), ("ptrace", 101, 16, 1, 0, 0), ("mount", 165, 0, 0, 0, 0, 0),
    ("bpf", 321, 0, 0, 0), ("memfd", 319, b"x", 0), ("keyctl", 250, 0, 0), ("userfaultfd", 323, 1),
    ("setuid", 105, 0), ("shmget", 29, 0, 4096, 0o1600), ("flock", 73, 1, 2), ("x32", 0x40000027),
    ("pdeathsig", 157, 1, 9), ("dumpable", 157, 4, 1), ("pipe size", 72, 1, 1031, 1 << 20),
    ("tiocsti", 16, 0, 0x5412, b"x"), ("high bits", 16, 0, 0x100005412, b"x"), ("seccomp", 317, 0, 0, 0),
]: tell(name, lambda: syscall(*map(lambda a: ctypes.c_long(a) if isinstance(a, int) else a, [number, *arguments])))
""",
            [
                "clone3 ENOSYS",
                "io_uring ENOSYS",
                "future ENOSYS",
                *(
                    f"{name} EPERM"
                    for name in [
                        "unshare",
                        "clone",
                        "ptrace",
                        "mount",
                        "bpf",
                        "memfd",
                        "keyctl",
                        "userfaultfd",
                        "setuid",
                        "shmget",
                        "flock",
                        "x32",
                        "pdeathsig",
                        "dumpable",
                    ]
                ),
                "pipe size EPERM",
                "tiocsti EPERM",
                "high bits EPERM",
                "seccomp EPERM",
            ],
        )

    def test_space(self):
        got = call(
            PROBE
            + """
tell("tmp", lambda: open("/tmp/a", "wb").write(bytes(3 << 20)))
tell("shm", lambda: open("/dev/shm/b", "wb").write(bytes(3 << 20)))
os.unlink("/tmp/a")
def many():
    for n in range(100000): open(f"/job/{n}", "w").close()
tell("files", many)
""",
            tmp_limit=4 * launchpad.MIB,
        )
        told = got.stdout.splitlines()
        self.assertEqual(told, [f"tmp {3 << 20}", "shm ENOSPC", "files ENOSPC"])

    @unittest.skipIf(os.geteuid() == 0, "the kernel does not count the super-user's processes")
    def test_processes_are_counted(self):
        self.assert_told(
            """
def forks():
    for n in range(100):
        if os.fork() == 0: os.read(hold, 1); os._exit(0)
hold, keep = os.pipe()
tell("fork", forks)
os.close(keep)
""",
            ["fork EAGAIN"],
        )

    @unittest.skipIf(os.geteuid() == 0, "the kernel does not count the super-user's processes")
    def test_as_many_processes_as_the_request_may_have(self):
        for processes in (1, 8):
            got = call(
                PROBE
                + """
started = 0
def forks():
    global started
    for n in range(100):
        if os.fork() == 0: os.read(hold, 1); os._exit(0)
        started += 1
hold, keep = os.pipe()
tell("fork", forks)
os.close(keep)
print(started)
import resource
try: resource.setrlimit(resource.RLIMIT_NPROC, (64, 64))
except ValueError as error: print(error)
""",
                processes=processes,
            )
            # The script's own process counts.
            told = ["fork EAGAIN", str(processes - 1), "not allowed to raise maximum limit"]
            self.assertEqual(got.stdout.splitlines(), told, got)

    def test_threads_count_as_processes(self):
        if os.geteuid() == 0:
            self.skipTest("the kernel does not count the super-user's processes")
        self.assert_told(
            """
import threading
def threads():
    for n in range(100): threading.Thread(target=hold.wait).start()
hold = threading.Event()
try: threads()
except RuntimeError as error: print(error, threading.active_count())
hold.set()
""",
            ["can't start new thread 8"],
            processes=8,
        )

    def test_processors(self):
        one = min(os.sched_getaffinity(0))
        self.assert_told(
            """
print(os.sched_getaffinity(0))
tell("others", lambda: os.sched_setaffinity(0, range(64)))
tell("the same", lambda: os.sched_setaffinity(0, os.sched_getaffinity(0)))
import numpy
print(os.sched_getaffinity(0), (numpy.ones((64, 64)) @ numpy.ones((64, 64)))[0, 0])
""",
            [f"{{{one}}}", "others EPERM", "the same EPERM", f"{{{one}}} 64.0"],
            processors={one},
        )

    def test_descriptors_are_counted(self):
        self.assert_told(
            """
def files():
    return [open("/dev/null") for n in range(300)]
tell("files", files)
""",
            ["files EMFILE"],
        )


class Ends(unittest.TestCase):
    def test_a_closed_lifeline_ends_everything(self):
        script = """
import os, signal, sys, time
for n in range(1, 65):
    try: signal.signal(n, signal.SIG_IGN)
    except (OSError, ValueError): pass
if os.fork() == 0: os.setsid()
print("running", flush=True)
time.sleep(60)
"""
        satellite = launchpad.shared().satellite()
        satellite.ready()
        got = satellite.call(script, kill=b"running")
        self.assertIsNone(got.message)
        self.assertLess(got.seconds, 5)
        satellite.end()

    def test_a_killed_init_ends_everything(self):
        satellite = launchpad.shared().satellite()
        satellite.ready()
        *_, stdout, _, control = satellite.start()
        satellite.kill()
        self.assertTrue(select.select([stdout], (), (), 5)[0])
        self.assertEqual(os.read(stdout, 1), b"")
        control.close()
        self.assertEqual(satellite.end() & 0x7F, 9)

    def test_an_unused_satellite_ends_with_its_launch_channel(self):
        satellite = launchpad.shared().satellite()
        satellite.ready()
        satellite.launch.close()
        self.assertEqual(satellite.report().wait_status, 0)
        self.assertEqual(satellite.end(), 0)

    def test_a_mount_point_that_is_missing_is_told(self):
        answer, launch, lifeline = launchpad.shared().order(root="/nonexistent")
        self.assertEqual(answer[0], "forked")
        launch.settimeout(30)
        refused = postcard.from_satellite(launch.recv(16384))
        self.assertEqual(refused[:2], ("refused", "root"))
        self.assertIn("No such file", refused[2])
        launch.close()
        lifeline.close()

    def test_a_module_that_is_missing_is_the_last_line(self):
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            for name in os.listdir(launchpad.launcher()):
                os.symlink(os.path.join(launchpad.launcher(), name), os.path.join(folder, name))
            channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            channel.send(postcard.confine())
            got = launchpad.subprocess.run(
                ["/bin/sh", "-c", f'exec /usr/bin/python3 -I -S "$0" 3<&{theirs.fileno()}', folder],
                pass_fds=[theirs.fileno()],
                capture_output=True,
                text=True,
                check=False,
            )
            channel.close()
            theirs.close()
        self.assertEqual(got.returncode, 1)
        self.assertEqual(
            got.stderr.splitlines()[-1][:20], "ModuleNotFoundError: No module"[:20], got.stderr
        )


if __name__ == "__main__":
    unittest.main()
