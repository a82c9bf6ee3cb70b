"""A server that systemd started, in a cgroup that was delegated to it."""

import os
import pwd
from pathlib import Path

import pytest

import processes
from calls import works
from cluster import wait_until
from service import Service


def members(service: Service, kind: str) -> list[int]:
    found = processes.of_cluster(service.postmaster())
    return [pid for pid, (name, _) in found.items() if name == kind]


def cgroup(pid: int) -> Path:
    return Path("/sys/fs/cgroup" + Path(f"/proc/{pid}/cgroup").read_text().strip().split("::")[1])


@pytest.mark.parametrize("language", ["Python", "R"])
def test_a_call(service, language):
    assert works(service, language)


def test_the_cgroup_is_the_servers(service):
    folder = service.cgroup()
    assert {"cpu", "cpuset", "memory", "pids"} <= set(
        (folder / "cgroup.controllers").read_text().split()
    )
    server = pwd.getpwnam("postgres").pw_uid
    for name in (".", "cgroup.procs", "cgroup.subtree_control"):
        assert os.stat(folder / name).st_uid == server, name


def test_everything_is_in_it(service):
    """launchpadd, zygotes and satellites; they may have cgroups below the service's."""
    wait_until(service.is_warm, 10, "the satellites are warm")
    folder = service.cgroup()
    for kind in ("postmaster", "launchpadd", "Python zygote", "R zygote"):
        (pid,) = members(service, kind)
        assert cgroup(pid).is_relative_to(folder), kind
    assert all(cgroup(pid).is_relative_to(folder) for pid in members(service, "satellite"))


def test_a_restart(service):
    service.ctl("restart")
    wait_until(service.is_warm, 10, "the satellites are warm")
    assert works(service)
    assert works(service, "R")
