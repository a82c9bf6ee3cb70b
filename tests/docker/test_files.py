"""The files of docker/ name what there is."""

import json
import os
import re
import shutil
import subprocess

import pytest
from dockerfile import Copy, stages
from profiles import seccomp

from places import ROOT, places

pytestmark = pytest.mark.once
DOCKER = ROOT / "docker"
FILES = ["Dockerfile", "extension.Dockerfile"]


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("version", ["15", "18"])
def test_each_step_is_a_script_of_the_projects(file, version):
    for stage in stages(DOCKER / file, PG_MAJOR=version):
        assert "$" not in stage.base
        for step in stage.of("RUN"):
            words = [word for word in step.split() if "=" not in word]
            script = ROOT / words[0]
            assert script.parent.name in ("docker", "scripts"), step
            assert os.access(script, os.X_OK), step
            assert "&" not in step and ";" not in step and "|" not in step, step


@pytest.mark.parametrize("file", FILES)
def test_what_is_copied_is_there(file):
    found = stages(DOCKER / file)
    names = [stage.name for stage in found]
    ignored = (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
    for stage in found:
        for copy in map(Copy, stage.of("COPY")):
            if copy.origin:
                assert copy.origin in names[: found.index(stage)], copy
                continue
            for source in copy.sources:
                assert (ROOT / source).exists(), copy
                assert source not in ignored


def test_each_script_is_copied_before_it_runs():
    for file in FILES:
        for stage in stages(DOCKER / file):
            there: set[str] = set()
            for kind, words in stage.instructions:
                if kind == "COPY" and not Copy(words).origin:
                    there |= {source.rstrip("/") for source in Copy(words).sources}
                elif kind == "RUN":
                    script = next(word for word in words.split() if "=" not in word)
                    assert {script, os.path.dirname(script), "."} & there, (file, script)
                    # All of them read it.
                    assert {"scripts/env.sh", "scripts", "."} & there, (file, script)


def test_the_image_has_what_it_runs():
    final = stages(DOCKER / "Dockerfile")[-1]
    targets = {Copy(words).target for words in final.of("COPY")}
    [check] = [words.partition("CMD ")[2] for words in final.of("HEALTHCHECK")]
    [program] = json.loads(check)
    assert f"/usr/local/bin/{program}" in targets
    assert final.of("USER") == ["999:999"]


@pytest.mark.skipif(os.geteuid() != 0, reason="the environment's folder is root's")
def test_new_data_directories_are_set_up(tmp_path):
    """The official image's sample is a link; what is added is added once."""
    (tmp_path / "postgresql.conf.real").write_text("port = 5432")
    (tmp_path / "postgresql.conf.sample").symlink_to("postgresql.conf.real")
    fake = tmp_path / "pg_config"
    fake.write_text(f"#!/bin/sh\n[ $1 = --version ] && echo PostgreSQL 18.0 || echo {tmp_path}\n")
    fake.chmod(0o755)
    for _ in range(2):
        subprocess.run([DOCKER / "configure"], env=os.environ | {"PG_CONFIG": fake}, check=True)
    lines = (tmp_path / "postgresql.conf.real").read_text().splitlines()
    assert (
        lines[0] == "port = 5432" and lines.count("shared_preload_libraries = 'pg_launchpad'") == 1
    )
    [python] = [line.split("'")[1] for line in lines if line.startswith("launchpad.python")]
    final = stages(DOCKER / "Dockerfile")[-1]
    assert python.removesuffix("/bin/python") in {Copy(w).target for w in final.of("COPY")}


def test_what_the_sources_need_is_not_ignored():
    """Cargo wants every member of the workspace, built or not."""
    lines = (DOCKER / "Dockerfile.dockerignore").read_text().splitlines()
    members = re.search(r"members = \[(.*?)\]", (ROOT / "Cargo.toml").read_text(), re.DOTALL)
    for member in re.findall(r'"(.*?)"', members[1]):
        top = member.partition("/")[0]
        assert top not in lines or f"!{member}" in lines, member


def parsed(text: str):
    """YAML, read by Debian's module."""
    code = "import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)"
    command = [places("PYTHON")["PYTHON"], "-c", code]
    return json.loads(subprocess.check_output(command, input=text, text=True))


def test_the_readme_fits():
    """It names every file, counts the rules, and its YAML parses."""
    text = (DOCKER / "README.md").read_text()
    for file in DOCKER.iterdir():
        if not file.name.startswith(("README", "__", "Dockerfile.")):
            assert re.search(rf"`(docker/)?{re.escape(file.name)}/?`", text), file
    assert f"default profile and {len(seccomp.ADDITIONS)} rules" in text
    pod, cluster = map(parsed, re.findall(r"^```yaml\n(.*?)^```", text, re.DOTALL | re.MULTILINE))
    [container] = pod["containers"]
    names = [container["securityContext"], cluster["spec"]]
    assert {n["seccompProfile"]["localhostProfile"] for n in names} == {"pg_launchpad.json"}
    python = cluster["spec"]["postgresql"]["parameters"]["launchpad.python"]
    [volume] = [e for e in cluster["spec"]["postgresql"]["extensions"] if e["name"] in python]
    assert python == f"/extensions/{volume['name']}/bin/python"


def test_compose_parses():
    """And names the profiles, the volume and the health check that there are."""
    whole = parsed((DOCKER / "compose.yaml").read_text())
    [service] = whole["services"].values()
    [profile] = [o.partition(":")[2] for o in service["security_opt"] if o.startswith("seccomp:")]
    assert json.loads((DOCKER / profile).read_text())["defaultAction"] == "SCMP_ACT_ERRNO"
    assert "profile pg_launchpad " in (DOCKER / "apparmor").read_text()
    assert "apparmor:pg_launchpad" in (DOCKER / "compose.yaml").read_text()
    built = ROOT / service["build"]["dockerfile"]
    assert built.exists() and service["build"]["context"] == ".."
    assert set(service["secrets"]) == whole["secrets"].keys()
    [volume] = service["volumes"]
    assert volume.partition(":")[0] in whole["volumes"]
    [work] = service["tmpfs"]
    folder = work.partition(":")[0]
    assert f"launchpad.work_directory = '{folder}'" in (DOCKER / "configure").read_text()
    [check] = [w.partition("CMD ")[2] for w in stages(built)[-1].of("HEALTHCHECK")]
    assert service["healthcheck"]["test"] == ["CMD", *json.loads(check)]


@pytest.mark.skipif(shutil.which("apparmor_parser") is None, reason="there is no apparmor_parser")
def test_the_apparmor_profile_parses(tmp_path):
    """For a parser before 4.0 without the lines that the file says to leave out."""
    told = subprocess.check_output(["apparmor_parser", "--version"], text=True)
    lines = (DOCKER / "apparmor").read_text().splitlines(keepends=True)
    if int(re.search(r"version (\d+)", told)[1]) < 4:
        kept = [line for line in lines if not re.match(r"abi |  userns,", line)]
        assert len(lines) - len(kept) == 2
        lines = kept
    profile = tmp_path / "profile"
    parse = ["apparmor_parser", "--skip-kernel-load", "--skip-cache", "--quiet", profile]
    profile.write_text("".join(lines))
    subprocess.run(parse, check=True)
    profile.write_text("".join(lines).replace("  pivot_root,", "  pivot_roof,"))
    assert subprocess.run(parse, capture_output=True).returncode != 0
