"""Runs a command as a container's engine would, as far as system calls and capabilities go.

    under.py [--mapped] PROFILE COMMAND…

PROFILE is JSON in the form of the OCI runtime specification. --mapped, for root alone: in a user
namespace of 65,536 users, as rootless Podman has it and Kubernetes with `hostUsers: false`.

libseccomp compiles the profile, as it does for runc and crun. Calls with numbers beyond those in
the profile fail with ENOSYS, as under runc, so that the C library falls back.
"""

import ctypes
import errno
import json
import os
import sys
from ctypes import c_char_p, c_int, c_uint, c_uint32, c_uint64, c_void_p
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "docker"))
from seccomp import CAPABILITIES, NEWNS, NEWUSER

# seccomp.h of libseccomp
ACTIONS = {"SCMP_ACT_ALLOW": 0x7FFF0000, "SCMP_ACT_ERRNO": 0x00050000}
OPERATORS = ["NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ"]
OPTIMIZE, NO_NEW_PRIVILEGES = 8, 3
# linux/prctl.h
CAPBSET_DROP = 24
# linux/capability.h, from 0 on.
NAMES = """
CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE
NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT
SYS_PTRACE SYS_PACCT SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE
AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ
PERFMON BPF CHECKPOINT_RESTORE
""".split()
# How many numbers beyond the profile's newest a kernel may have.
NEWER = 100


class Condition(ctypes.Structure):
    _fields_ = (("arg", c_uint), ("op", c_int), ("a", c_uint64), ("b", c_uint64))


def load(profile: dict):
    """Puts this process under the profile."""
    seccomp = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    seccomp.seccomp_init.restype = c_void_p
    seccomp.seccomp_init.argtypes = [c_uint32]
    seccomp.seccomp_load.argtypes = [c_void_p]
    seccomp.seccomp_attr_set.argtypes = [c_void_p, c_int, c_uint32]
    seccomp.seccomp_syscall_resolve_name.argtypes = [c_char_p]
    add = seccomp.seccomp_rule_add_array
    add.argtypes = [c_void_p, c_uint32, c_int, c_uint, c_void_p]

    def must(what: str, result: int):
        if result != 0:
            raise OSError(-result, f"{what}: {os.strerror(-result)}")

    default = action(profile["defaultAction"], profile.get("defaultErrnoRet", errno.EPERM))
    context = seccomp.seccomp_init(default)
    must("attribute", seccomp.seccomp_attr_set(context, OPTIMIZE, 2))
    # Root's processes change users after this.
    own = int(os.geteuid() != 0)
    must("attribute", seccomp.seccomp_attr_set(context, NO_NEW_PRIVILEGES, own))
    newest = 0
    for rule in profile["syscalls"]:
        does = action(rule["action"], rule.get("errnoRet", errno.EPERM))
        conditions = [
            Condition(
                given["index"],
                OPERATORS.index(given["op"].removeprefix("SCMP_CMP_")) + 1,
                given["value"],
                given.get("valueTwo", 0),
            )
            for given in rule.get("args", [])
        ]
        array = (Condition * len(conditions))(*conditions)
        for name in rule["names"]:
            number = seccomp.seccomp_syscall_resolve_name(name.encode())
            # Those of other architectures, and those that this libseccomp does not know.
            if number < 0 or does == default:
                continue
            newest = max(newest, number)
            must(name, add(context, does, number, len(conditions), array))
    not_there = action("SCMP_ACT_ERRNO", errno.ENOSYS)
    for number in range(newest + 1, newest + NEWER) if default != not_there else ():
        must(str(number), add(context, not_there, number, 0, None))
    must("load", seccomp.seccomp_load(context))


def action(name: str, code: int) -> int:
    return ACTIONS[name] | (code if name == "SCMP_ACT_ERRNO" else 0)


def drop_capabilities():
    """All that a container does not have by default, for good."""
    libc = ctypes.CDLL(None, use_errno=True)
    for number, name in enumerate(NAMES):
        if f"CAP_{name}" not in CAPABILITIES and libc.prctl(CAPBSET_DROP, number, 0, 0, 0) != 0:
            # A kernel without it.
            assert ctypes.get_errno() == errno.EINVAL, name


def enter_user_namespace():
    """Returns in a child that is root in it; this process waits, and ends as the child does."""
    libc = ctypes.CDLL(None, use_errno=True)
    (entered, enters), (waits, wait) = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        if libc.unshare(NEWUSER | NEWNS) != 0:
            sys.exit(os.strerror(ctypes.get_errno()))
        os.write(enters, b"x")
        os.read(waits, 1)
        os.setgid(0)
        os.setgroups([])
        os.setuid(0)
        return
    os.close(enters)
    os.read(entered, 1)
    for file in ("uid_map", "gid_map"):
        Path(f"/proc/{child}/{file}").write_text("0 100000 65536")
    os.write(wait, b"x")
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


if __name__ == "__main__":
    mapped = sys.argv[1] == "--mapped"
    profile, *command = sys.argv[1 + mapped :]
    content = json.loads(Path(profile).read_text())
    if mapped:
        enter_user_namespace()
    load(content)
    if os.geteuid() == 0:
        drop_capabilities()
    os.execvp(command[0], command)
