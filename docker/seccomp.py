#!/usr/bin/env python3
"""Writes this folder's seccomp profiles: Docker's default one, and what the sandbox needs besides.

    docker/seccomp.py                    write them anew
    docker/seccomp.py --check            fail if they are not what this would write
    docker/seccomp.py --base FILE        add to another default profile, such as a newer Docker's

`moby.json` is the default profile; it names its version. From it and ADDITIONS come

* `seccomp.json`, in Docker's form, for Docker, Podman and CRI-O: which rules apply depends on the
  container's capabilities and the architecture;
* `seccomp.kubernetes.json`, in the form of the OCI runtime specification, the only one that
  containerd reads for Kubernetes. It has no conditions, so it is what the first one means to a
  container with Docker's default capabilities. Given the first one, containerd would overlook the
  conditions and apply every rule.
"""

import argparse
import json
import sys
import textwrap
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
BASE = FOLDER / "moby.json"

# What Docker gives a container that asks for nothing else (moby, oci/caps/defaults.go).
CAPABILITIES = frozenset(
    f"CAP_{name}"
    for name in (
        *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD"),
        *("NET_BIND_SERVICE", "NET_RAW", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
    )
)
# Those that pg_launchpad runs on, by their names in Docker's profiles.
ARCHITECTURES = frozenset(("amd64", "arm64"))
# The same, with what their kernels run besides, by libseccomp's names.
KERNELS = [f"SCMP_ARCH_{name}" for name in ("X86_64", "X86", "X32", "AARCH64", "ARM")]

# linux/sched.h
NEWNS, NEWCGROUP, NEWUTS, NEWIPC = 0x20000, 0x2000000, 0x4000000, 0x8000000
NEWUSER, NEWPID, NEWNET = 0x10000000, 0x20000000, 0x40000000
ANY_NAMESPACE = NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET
WITH_HOST_NETWORK = NEWUSER | NEWNS | NEWPID | NEWIPC | NEWUTS
OWN_NETWORK = WITH_HOST_NETWORK | NEWNET
# linux/mount.h
RDONLY, NOSUID, NODEV, NOEXEC, BIND, REC, PRIVATE = 1, 2, 4, 8, 0x1000, 0x4000, 0x40000
DETACH = 2

# Of lines: no word is broken.
WHOLE = {"break_on_hyphens": False, "break_long_words": False}


def equal(argument: int, value: int) -> dict:
    return {"index": argument, "value": value, "op": "SCMP_CMP_EQ"}


def masked(argument: int, mask: int, value: int) -> dict:
    return {"index": argument, "value": mask, "valueTwo": value, "op": "SCMP_CMP_MASKED_EQ"}


# Each is one rule: a system call, its condition, and why the sandbox cannot do without it. All but
# the last work only on namespaces that the process has made itself: outside of them it has no
# capability, and the kernel refuses. tests/docker leaves out each in turn and finds what fails.
ADDITIONS: list[tuple[str, dict | None, str]] = [
    (
        "unshare",
        equal(0, OWN_NETWORK),
        "the keeper enters new namespaces before it starts an interpreter",
    ),
    (
        "unshare",
        equal(0, WITH_HOST_NETWORK),
        "the same for roles with launchpad.network = host",
    ),
    (
        "unshare",
        equal(0, NEWCGROUP),
        "a satellite hides where in the cgroups it is",
    ),
    (
        "clone",
        masked(0, ANY_NAMESPACE, OWN_NETWORK),
        "each satellite starts in its own namespaces, within the keeper's",
    ),
    (
        "clone",
        masked(0, ANY_NAMESPACE, WITH_HOST_NETWORK),
        "the same for roles with launchpad.network = host",
    ),
    (
        "mount",
        equal(3, REC | PRIVATE),
        "mounts made in the new namespace stay there",
    ),
    (
        "mount",
        equal(3, NOSUID | NODEV),
        "the private root, a file system in memory",
    ),
    (
        "mount",
        equal(3, NOSUID | NODEV | NOEXEC),
        "what scripts may write, a file system in memory that holds no programs",
    ),
    (
        "mount",
        equal(3, BIND | REC),
        "the interpreter's folders and readable paths, at their own paths",
    ),
    (
        "mount",
        equal(3, BIND),
        "the device nodes that scripts see",
    ),
    (
        "mount",
        equal(3, RDONLY | NOSUID | NODEV | NOEXEC),
        "/proc with the satellite's own processes, where the engine does not mask the container's",
    ),
    (
        "mount_setattr",
        None,
        "makes what is bound read-only, with all mounts below",
    ),
    (
        "pivot_root",
        None,
        "changes to the private root, which no process can leave as it could a chroot",
    ),
    (
        "umount2",
        equal(1, DETACH),
        "takes the container's own files out of sight",
    ),
    (
        "sethostname",
        None,
        "hides the container's host name; without it scripts run, and see the name",
    ),
    (
        "pidfd_getfd",
        None,
        "launchpadd sees what an interpreter has open, and need not believe its own report; "
        "ptrace, which Docker allows, could do the same",
    ),
]


def rules(additions=None) -> list[dict]:
    """The additions as a profile has them."""
    return [
        {"names": [call], "action": "SCMP_ACT_ALLOW"}
        | ({"args": [condition]} if condition else {})
        | {"comment": f"pg_launchpad: {reason}"}
        for call, condition, reason in (ADDITIONS if additions is None else additions)
    ]


def profile(base: dict, additions=None) -> dict:
    """Docker's form."""
    kept = {name: value for name, value in base.items() if name != "source"}
    return kept | {"syscalls": base["syscalls"] + rules(additions)}


def flat(profile: dict, capabilities=CAPABILITIES, architectures=ARCHITECTURES) -> dict:
    """The form of the OCI runtime specification: what the profile means to a container with these
    capabilities. Conditions on the kernel's version are met: none is newer than 4.8."""

    def holds(rule: dict) -> bool:
        includes, excludes = rule.get("includes", {}), rule.get("excludes", {})
        return (
            capabilities.issuperset(includes.get("caps") or ())
            and (not includes.get("arches") or not architectures.isdisjoint(includes["arches"]))
            and capabilities.isdisjoint(excludes.get("caps") or ())
            and architectures.isdisjoint(excludes.get("arches") or ())
        )

    kept = ("names", "action", "errnoRet", "args")
    return {
        "defaultAction": profile["defaultAction"],
        "defaultErrnoRet": profile["defaultErrnoRet"],
        "architectures": KERNELS,
        "syscalls": [
            {name: rule[name] for name in kept if rule.get(name) is not None}
            for rule in profile["syscalls"]
            if holds(rule)
        ],
    }


def text(profile: dict) -> str:
    """As JSON in paragraphs, without the hundreds of lines that one name a line would take."""

    def paragraph(content) -> str:
        # A string must not be broken: its spaces are others until the lines are.
        kept = json.loads(json.dumps(content), object_hook=lambda found: found | unbroken(found))
        lines = textwrap.wrap(json.dumps(kept, ensure_ascii=False), 100, **WHOLE)
        return "\n".join(lines).replace("\u00a0", " ")

    def unbroken(found: dict) -> dict:
        strings = {name: value for name, value in found.items() if isinstance(value, str)}
        return {name: value.replace(" ", "\u00a0") for name, value in strings.items()}

    head = [paragraph({name: value})[1:-1] for name, value in profile.items() if name != "syscalls"]
    rules = ",\n\n".join(paragraph(rule) for rule in profile["syscalls"])
    return "{\n" + ",\n".join(head) + ',\n"syscalls": [\n' + rules + "\n]\n}\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--base", type=Path, default=BASE, help="another default profile")
    parser.add_argument("--check", action="store_true", help="write nothing")
    given = parser.parse_args()
    made = profile(json.loads(given.base.read_text()))
    files = {"seccomp.json": made, "seccomp.kubernetes.json": flat(made)}
    for name, content in files.items():
        path = FOLDER / name
        if not given.check:
            path.write_text(text(content))
        elif not path.exists() or path.read_text() != text(content):
            sys.exit(f"docker/{name} is not what docker/seccomp.py writes: run it")


if __name__ == "__main__":
    main()
