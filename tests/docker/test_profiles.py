"""Docker's and Podman's default profiles, emulated, and those of docker/: what runs, what is
refused, and that errors and launchpad.check() say what to do."""

import json
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from profiles import DOCKER, MASKED, MASKS, PODMAN, check, failures, seccomp, under

from calls import LANGUAGES, ONE_ROW, statement, works
from cluster import can_mount, wait_until
from places import ROOT, places

sys.path.insert(0, str(ROOT / "tests" / "packages"))
import misbehaving

pytestmark = pytest.mark.once
OURS = seccomp.profile(DOCKER)
PROFILES = ("docker/seccomp.json", "docker/apparmor", "launchpad.sandbox = container")


def test_the_files_are_what_the_script_writes():
    subprocess.run([ROOT / "docker" / "seccomp.py", "--check"], check=True)
    # Nothing of the default profile is lost.
    assert OURS["syscalls"][: len(DOCKER["syscalls"])] == DOCKER["syscalls"]


def test_a_file_that_differs_is_found():
    """The base that the script is given counts, so the committed files are not another's."""
    base = ROOT / "tests" / "docker" / "podman.json"
    command = [ROOT / "docker" / "seccomp.py", "--check", "--base", base]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert ran.returncode == 1 and "docker/seccomp.json is not what" in ran.stderr


def test_conditions_are_resolved():
    """containerd knows no conditions: none is left, and no rule that needs a capability."""
    calls = {name for rule in seccomp.flat(DOCKER)["syscalls"] for name in rule["names"]}
    assert {"arch_prctl", "sync_file_range2", "ptrace", "chroot"} <= calls
    assert not {"mount", "bpf", "setns", "pidfd_getfd", "s390_pci_mmio_read"} & calls
    rules = seccomp.flat(OURS)["syscalls"]
    assert all(rule.keys() <= {"names", "action", "errnoRet", "args"} for rule in rules)
    administrator = seccomp.CAPABILITIES | {"CAP_SYS_ADMIN"}
    calls = {n for rule in seccomp.flat(DOCKER, administrator)["syscalls"] for n in rule["names"]}
    assert {"mount", "bpf", "setns"} <= calls


def refusal(cluster, language: str) -> psycopg.Error:
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState) as caught:
        works(cluster, language)
    return caught.value


def test_dockers_default_refuses_strict():
    """Without the profile no script runs, and both the error and check() name the profile."""
    with under(DOCKER) as cluster:
        for language in LANGUAGES:
            error = refusal(cluster, language).diag
            assert '"namespaces": cannot create namespaces' in error.message_detail
            assert all(profile in error.message_hint for profile in PROFILES)
        rows = check(cluster)
        status, found, advice = rows["host: user namespaces"]
        assert status == "failed" and "cannot create namespaces" in found
        assert all(profile in advice for profile in PROFILES)
        for language in LANGUAGES:
            status, _, advice = rows[f"{language}: environment"]
            assert (status, advice) == ("failed", "see the rows about the host")


def test_dockers_default_runs_container():
    with under(DOCKER, "launchpad.sandbox=container") as cluster:
        if check(cluster)["host: Landlock"][0] != "ok":
            pytest.skip("this kernel has no Landlock")
        assert all(works(cluster, language) for language in LANGUAGES)
        rows = check(cluster)
        for language in LANGUAGES:
            assert rows[f"{language}: environment"][0] == "ok"
            assert rows[f"{language}: self-check"][0] == "ok"
            status, _, advice = rows[f"{language}: namespaces"]
            assert (status, advice) == ("missing", "launchpad.sandbox = strict")


def test_podmans_default_lacks_the_host_name_alone():
    with under(PODMAN) as cluster:
        assert failures(cluster, "host name") == []
        for language in LANGUAGES:
            status, _, advice = check(cluster)[f"{language}: host name"]
            assert status == "missing" and "docker/seccomp.json" in advice


@pytest.mark.parametrize("file", ["seccomp.json", "seccomp.kubernetes.json"])
def test_ours_runs_strict_whole(file):
    with under(json.loads((ROOT / "docker" / file).read_text())) as cluster:
        assert failures(cluster) == []


@pytest.mark.skipif(not (MASKED and can_mount()), reason="only root can change mounts")
def test_ours_where_proc_is_masked():
    """As engines mask it: satellites have no /proc, and check() says what would give them one."""
    with under(OURS, mounts=MASKS) as cluster:
        assert failures(cluster, "/proc") == []
        for language in LANGUAGES:
            status, _, advice = check(cluster)[f"{language}: /proc"]
            assert status == "missing"
            assert "systempaths=unconfined" in advice and "procMount: Unmasked" in advice


@pytest.mark.skipif(not can_mount(), reason="only root can map users")
def test_ours_in_a_user_namespace():
    """As in rootless Podman, and in Kubernetes with `hostUsers: false`: within, another is made."""
    under_it = [sys.executable, "-B", ROOT / "tests" / "docker" / "under.py", "--mapped"]
    calls = [statement(ONE_ROW[language], "SELECT 1 AS x", language) for language in LANGUAGES]
    query = (
        "SELECT item FROM launchpad.check() WHERE status <> 'ok' AND item ~ 'sandbox|self-check'"
    )
    psql = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1"]
    for step in ("CREATE EXTENSION pg_launchpad", *calls, query):
        psql += ["-c", step]
    environment = {k: v for k, v in os.environ.items() if k != "CLUSTER_TEMPLATES"}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(seccomp.flat(OURS), file)
        file.flush()
        command = [*under_it, file.name, ROOT / "scripts" / "cluster", "run", "--", *psql]
        told = subprocess.check_output(command, env=environment, text=True)
    assert told.split() == ["1", "1"]


@contextmanager
def leaving_out(*calls: str, index: int | None = None):
    kept = [
        addition
        for at, addition in enumerate(seccomp.ADDITIONS)
        if at != index and addition[0] not in calls
    ]
    assert len(kept) < len(seccomp.ADDITIONS)
    with under(seccomp.profile(DOCKER, kept)) as cluster:
        yield cluster


NAMES = [f"{at}-{call}" for at, (call, _, _) in enumerate(seccomp.ADDITIONS)]
SEEN_BY_CALLS = [at for at, (call, _, _) in enumerate(seccomp.ADDITIONS) if call != "pidfd_getfd"]


@pytest.mark.parametrize("index", SEEN_BY_CALLS, ids=[NAMES[at] for at in SEEN_BY_CALLS])
def test_each_addition_is_needed(index):
    with leaving_out(index=index) as cluster:
        assert failures(cluster) != [], seccomp.ADDITIONS[index]


# The launcher's own look at what is open finds nothing.
HIDES = """
import os, socket
KEPT = socket.socketpair()
found = os.listdir
def hide(path="."):
    kept = [str(one.fileno()) for one in KEPT]
    return [name for name in found(path) if path != "/proc/self/fd" or name not in kept]
os.listdir = hide
"""


@pytest.mark.parametrize("given", [True, False], ids=["with", "without"])
def test_pidfd_getfd_shows_what_an_interpreter_has_open(given):
    """A package that hides what it has open is caught by launchpadd, which needs the call."""
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="pglp-preload.") as name:
        folder = Path(name)
        python = misbehaving.python(folder / "python")
        (packages,) = folder.glob("python/lib/python3*/site-packages")
        (packages / "pl_hides.py").write_text(HIDES)
        misbehaving.opened(folder)
        (usual,) = Path(places("VENV")["VENV"]).glob("lib/python3*/site-packages")
        settings = [
            f"launchpad.python={python}",
            f"launchpad.readable_paths={folder}, {usual}",
            "launchpad.python_preload=pl_hides, pl_good",
            "launchpad.r=",
        ]
        kept = [addition for addition in seccomp.ADDITIONS if given or addition[0] != "pidfd_getfd"]
        assert len(kept) == len(seccomp.ADDITIONS) - (not given)
        with under(seccomp.profile(DOCKER, kept), *settings) as cluster:

            def notes() -> dict[str, tuple[bool, str]]:
                assert works(cluster)
                query = "SELECT module, preloaded, coalesce(note, '') FROM launchpad.imports"
                return {module: tuple(rest) for module, *rest in cluster.execute(query)}

            wait_until(lambda: notes().get("pl_good", (False, ""))[0], 60, "it is preloaded")
            preloaded, note = notes()["pl_hides"]
            assert (preloaded, "descriptor" in note) == (not given, given), note


@pytest.mark.parametrize("call", ["mount", "pivot_root"])
def test_a_profile_that_allows_namespaces_and_no_more(call):
    """As AppArmor's default for containers denies mounts: the error names the profiles as well."""
    with leaving_out(call) as cluster:
        error = refusal(cluster, "Python").diag
        assert all(profile in error.message_hint for profile in PROFILES), error.message_detail
        status, _, advice = check(cluster)["host: user namespaces"]
        assert status == "failed" and all(profile in advice for profile in PROFILES)


def test_more_is_not_allowed():
    """The same calls with other arguments are refused as before."""
    script = f"""
import ctypes, errno, json, os
libc = ctypes.CDLL(None, use_errno=True)
def outcome(name, *arguments):
    ctypes.set_errno(0)
    return [name, getattr(libc, name)(*arguments), errno.errorcode.get(ctypes.get_errno())]
found = [outcome("unshare", flags) for flags in {[seccomp.NEWUSER, seccomp.NEWNS, 0x80]}]
# A remount, and one of nothing in particular.
found += [outcome("mount", b"none", b"/proc", b"tmpfs", flags, None) for flags in (0, 32)]
found += [outcome("umount2", b"/proc", 0), outcome("setns", 0, 0)]
print(json.dumps(found))
"""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(seccomp.flat(OURS), file)
        file.flush()
        under_it = [sys.executable, "-B", ROOT / "tests" / "docker" / "under.py", file.name]
        told = subprocess.check_output([*under_it, sys.executable, "-c", script], text=True)
    for name, result, error in json.loads(told):
        assert (result, error) == (-1, "EPERM"), name
