"""The source tarball builds where there is no network, and no crate but its own."""

import os
import subprocess

import pytest

from places import ROOT

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(
        not os.environ.get("LAUNCHPAD_TEST_PACKAGES"), reason="LAYERS=packages make test-long"
    ),
]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(["scripts/dist", folder], cwd=ROOT, check=True)
    [packed] = folder.glob("pg_launchpad-*.tar.gz")
    subprocess.run(["tar", "-xzf", packed], cwd=folder, check=True)
    return packed, folder / packed.name.removesuffix(".tar.gz")


def test_it_has_what_git_has(unpacked, tmp_path):
    _, folder = unpacked
    archive = f"git archive HEAD | tar -x -C '{tmp_path}'"
    subprocess.run(["bash", "-o", "pipefail", "-c", archive], cwd=ROOT, check=True)
    done = subprocess.run(
        ["diff", "--recursive", "--brief", "--no-dereference", tmp_path, folder],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert sorted(done.stdout.splitlines()) == [
        f"Files {tmp_path}/.cargo/config.toml and {folder}/.cargo/config.toml differ",
        f"Only in {folder}: vendor",
    ]


def test_it_is_the_same_each_time(unpacked, tmp_path):
    subprocess.run(["scripts/dist", tmp_path], cwd=ROOT, check=True)
    assert (tmp_path / unpacked[0].name).read_bytes() == unpacked[0].read_bytes()


def test_it_builds_offline(unpacked, tmp_path):
    _, folder = unpacked
    network = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--net", "--map-root-user"]
    command = ["cargo", "build", "--offline", "--locked", "-p", "launchpadd"]
    environment = os.environ | {
        "CARGO_HOME": str(tmp_path / "home"),
        "CARGO_TARGET_DIR": str(tmp_path / "target"),
    }
    subprocess.run([*network, *command], cwd=folder, env=environment, check=True)
    assert (tmp_path / "target" / "debug" / "launchpadd").is_file()
