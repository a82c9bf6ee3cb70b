"""Stands before every Python script of tests/hostile/scripts, in one text with it.

The runner adds `planted`: what an attacker could have found out elsewhere. A script answers with
one row, by `through`, `refused` or `tried`; the first answer counts.
"""

import ctypes
import errno
import os
import platform

# What is planted looks like this, so that a script need not know it to know it when it sees it.
SECRET = r"PLANTED-[a-z]+-[0-9a-f]{32}"

libc = ctypes.CDLL(None, use_errno=True)
# Its names are shorter than its numbers would be clear: x86_64 and aarch64.
NUMBERS = {
    "add_key": (248, 217),
    "bpf": (321, 280),
    "clone": (56, 220),
    "clone3": (435, 435),
    "fanotify_init": (300, 262),
    "fsopen": (430, 430),
    "getpid": (39, 172),
    "io_uring_setup": (425, 425),
    "ioprio_set": (251, 30),
    "kcmp": (312, 272),
    "keyctl": (250, 219),
    "mbind": (237, 235),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "migrate_pages": (256, 238),
    "mq_open": (240, 180),
    "move_pages": (279, 239),
    "name_to_handle_at": (303, 264),
    "open_tree": (428, 428),
    "perf_event_open": (298, 241),
    "pidfd_getfd": (438, 438),
    "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424),
    "pivot_root": (155, 41),
    "process_madvise": (440, 440),
    "quotactl": (179, 60),
    "request_key": (249, 218),
    "seccomp": (317, 277),
    "set_mempolicy": (238, 237),
    "userfaultfd": (323, 282),
}


def syscall(name, *arguments):
    """The call's result; OSError when it failed."""
    number = NUMBERS[name][platform.machine() == "aarch64"] if isinstance(name, str) else name
    words = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return checked(libc.syscall(ctypes.c_long(number), *words))


def checked(result):
    """What a function of the C library returned; OSError when that is -1."""
    if result == -1:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def answer(outcome, detail):
    global OutputDataSet
    # Not "is there one": the launcher binds the name to an empty frame first.
    if not isinstance(OutputDataSet, list):
        OutputDataSet = [(outcome, str(detail)[:300])]


def through(evidence):
    """The attack succeeded; `evidence` is what it got."""
    answer("through", evidence)


def refused(reason):
    """It did not: an error of the system, or a word."""
    number = getattr(reason, "errno", None)
    answer("refused", errno.errorcode.get(number, reason) if number else reason)


def tried(what="done"):
    """Nothing can be known from inside: what remains of it, the runner sees."""
    answer("tried", what)


class Nothing(Exception):
    """The attack ran, and there was nothing to get."""


def attack(function):
    """Runs it at once: through with what it returns, refused with the error that it raises."""
    try:
        evidence = function()
    except (OSError, Nothing) as error:
        refused(error)
    else:
        through(evidence)


def with_new_namespaces():
    """Asks for the rights that a user namespace gives, and goes on without where there is none."""
    libc.unshare(0x10000000 | 0x00020000)


# Where files may be written.
if os.path.isdir(planted["work"]):
    os.chdir(planted["work"])
