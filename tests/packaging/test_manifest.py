"""What goes into which package, of what is built; nothing is packed."""

import json
import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from places import ROOT, major, places

AT = places("PG_CONFIG")
PACKAGING = ROOT / "packaging"
VERSION = str(major(AT["PG_CONFIG"]))
IS_DEBIANS = f"/usr/lib/postgresql/{VERSION}/" in AT["PG_CONFIG"]
pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(not IS_DEBIANS, reason="packages are for Debian's servers"),
]


def files(folder: Path) -> dict[str, bytes]:
    """By their paths; links are files, too."""
    found = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    return {
        str(path.relative_to(folder)): b"link" if path.is_symlink() else path.read_bytes()
        for path in found
    }


def of_server(option: str) -> str:
    said = subprocess.check_output([AT["PG_CONFIG"], option], text=True)
    return said.strip().removeprefix("/")


@pytest.fixture(scope="module")
def staged(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("staged")
    subprocess.run(["scripts/package", "--stage", folder], cwd=ROOT, check=True)
    return folder


def contents() -> dict[str, list[str]]:
    """Of each package, the files and folders that debhelper puts into it."""
    found = {}
    for path in PACKAGING.glob("debian/*"):
        if path.suffix in (".install", ".manpages"):
            text = path.read_text().replace("@MAJOR@", VERSION)
            lines = [line.removeprefix("debian/tmp/").removesuffix("/*") for line in text.split()]
            found.setdefault(path.stem, []).extend(lines)
    return found


def test_each_file_is_in_one_package(staged):
    found = files(staged)
    assert len(found) > 50
    packages = contents()
    assert set(packages) == {"launchpad-common", "version"}
    for name in found:
        having = [
            package
            for package, paths in packages.items()
            for path in paths
            if name == path or name.startswith(f"{path}/")
        ]
        assert len(having) == 1, (name, having)


def test_what_is_installed_is_packed(staged, tmp_path):
    """And nothing else beside the library, whose programs are where scripts/install has them."""
    subprocess.run(
        ["scripts/install"],
        cwd=ROOT,
        env=dict(os.environ, DESTDIR=str(tmp_path), PROFILE="release", TOY=""),
        check=True,
    )
    lib, share = of_server("--pkglibdir"), of_server("--sharedir")
    current = (tmp_path / lib / "pg_launchpad" / "current").readlink()
    installed = {}
    for name, content in files(tmp_path).items():
        if name == f"{lib}/pg_launchpad/current":
            continue
        name = name.replace(f"{lib}/pg_launchpad/{current}/", f"{lib}/pg_launchpad/package/")
        name = name.replace(f"{lib}/pg_launchpad.so", f"{lib}/pg_launchpad/package/pg_launchpad.so")
        installed[name] = content

    def in_debian(name: str) -> str:
        name = re.sub(f"^{re.escape(lib)}/", f"usr/lib/postgresql/{VERSION}/lib/", name)
        return re.sub(f"^{re.escape(share)}/", f"usr/share/postgresql/{VERSION}/", name)

    packed = {
        name: content
        for name, content in files(staged).items()
        if "/pg_launchpad" in name and not name.startswith("usr/share/launchpad/")
    }
    own = f"usr/lib/postgresql/{VERSION}/lib"
    assert packed.pop(f"{own}/pg_launchpad.so") == b"link"
    assert re.fullmatch(rb"[0-9.]+-[0-9a-f]{12}\n", packed.pop(f"{own}/pg_launchpad/package/build"))
    packed.pop(f"{own}/pg_launchpad/package/activate")
    assert packed == {in_debian(name): content for name, content in installed.items()}


@pytest.mark.parametrize("option", [[], ["--uninstall"]])
def test_make_install_leaves_a_package_alone(tmp_path, option):
    link = tmp_path / of_server("--pkglibdir") / "pg_launchpad.so"
    link.parent.mkdir(parents=True)
    link.symlink_to("pg_launchpad/current/pg_launchpad.so")
    done = subprocess.run(
        ["scripts/install", *option],
        cwd=ROOT,
        env=os.environ | {"DESTDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "pg_launchpad from a package" in done.stderr
    assert list(files(tmp_path).values()) == [b"link"]


def test_versions_agree():
    cargo = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
    control = (ROOT / "pg_launchpad.control").read_text()
    assert re.search(r"^default_version = '(.*)'$", control, re.M)[1] == cargo
    spec = (PACKAGING / "pg_launchpad.spec").read_text()
    assert re.search(r"^Version: +(.*)$", spec, re.M)[1] == cargo
    meta = json.loads((ROOT / "META.json").read_text())
    assert meta["version"] == meta["provides"]["pg_launchpad"]["version"] == cargo


def test_meta_json():
    """The rules of https://pgxn.org/meta/spec.txt."""
    meta = json.loads((ROOT / "META.json").read_text())
    wanted = {"name", "version", "abstract", "maintainer", "license", "provides", "meta-spec"}
    known = wanted | {"description", "prereqs", "release_status", "tags", "generated_by"}
    assert wanted <= set(meta) <= known
    assert re.fullmatch(r"[^\s/\\\x00-\x1f]{2,}", meta["name"])
    semantic = r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[A-Za-z][0-9A-Za-z-]*)?"
    assert re.fullmatch(semantic, meta["version"])
    assert meta["license"] == "postgresql"
    assert meta["release_status"] in ("stable", "testing", "unstable")
    assert meta["meta-spec"] == {"version": "1.0.0", "url": "https://pgxn.org/meta/spec.txt"}
    for extension in meta["provides"].values():
        assert {"file", "version"} <= set(extension) <= {"file", "version", "abstract", "docfile"}
        assert (ROOT / extension["file"]).is_file() and (ROOT / extension["docfile"]).is_file()
        # The script of the newest version.
        assert extension["file"].endswith(f"{extension['version']}.sql")
    for tag in meta["tags"]:
        assert re.fullmatch(r"[^/\\\x00-\x1f]{1,255}", tag)
    for phase, relations in meta["prereqs"].items():
        assert phase in ("configure", "build", "test", "runtime", "develop")
        for relation, needed in relations.items():
            assert relation in ("requires", "recommends", "suggests", "conflicts")
            for version in needed.values():
                assert re.fullmatch(semantic, version)


def test_the_settings_file_shows_defaults(own_cluster, tmp_path):
    """Every line can be used as it is, and changes nothing but what it is for."""
    text = (PACKAGING / "etc" / "launchpad.conf").read_text()
    settings = tmp_path / "all.conf"
    settings.write_text(re.sub(r"^#(?=launchpad\.)", "", text, flags=re.M))
    named = set(re.findall(r"^#?(launchpad\.\w+)", text, re.M))
    assert len(named) > 20
    # What is not here: the environment.
    settings.write_text(re.sub(r"^launchpad\.python = .*", "", settings.read_text(), flags=re.M))
    server = own_cluster(str(settings))
    is_default = """SELECT name, setting IS NOT DISTINCT FROM boot_val FROM pg_settings
        WHERE name LIKE 'launchpad.%' AND source = 'configuration file'"""
    read = dict(server.execute(is_default))
    assert named <= set(read)
    others = {"launchpad.python", "launchpad.memory_limit"}
    assert [name for name in named - others if not read[name]] == []
    assert server.execute("SELECT count(*) FROM pg_file_settings WHERE error IS NOT NULL") == [(0,)]
