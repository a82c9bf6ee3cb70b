"""The licenses of the crates that are in the programs: which crate has which, and their texts."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

NAMES = ("license", "licence", "copying", "copyright", "notice", "unlicense")
BINARIES = ("pg_launchpad", "launchpadd", "launchpad-python", "launchpad-r", "launchpad-preload")


def metadata() -> dict:
    features = ["--no-default-features", "--features", f"pg{major()}"]
    target = subprocess.check_output(["rustc", "--print", "host-tuple"], text=True).strip()
    command = ["cargo", "metadata", "--locked", "--format-version=1", f"--filter-platform={target}"]
    return json.loads(subprocess.check_output([*command, *features]))


def major() -> str:
    said = subprocess.check_output([os.environ["PG_CONFIG"], "--version"], text=True)
    return said.split()[1].split(".")[0]


def linked(found: dict) -> list[dict]:
    """The packages that those of the workspace link, without what only builds or tests need."""
    nodes = {node["id"]: node for node in found["resolve"]["nodes"]}
    packages = {package["id"]: package for package in found["packages"]}
    ours = set(found["workspace_members"])
    todo = [each for each in ours if packages[each]["name"] in BINARIES]
    if len(todo) != len(BINARIES):
        sys.exit(f"the workspace does not have all of {BINARIES}")
    seen = set(todo)
    while todo:
        for dependency in nodes[todo.pop()]["deps"]:
            kinds = {kind["kind"] for kind in dependency["dep_kinds"]}
            if None in kinds and dependency["pkg"] not in seen:
                seen.add(dependency["pkg"])
                todo.append(dependency["pkg"])
    others = (packages[each] for each in seen - ours)
    return sorted(others, key=lambda package: (package["name"], package["version"]))


def texts(package: dict) -> list[str]:
    folder = Path(package["manifest_path"]).parent
    files = [path for path in folder.iterdir() if path.name.lower().startswith(NAMES)]
    return [path.read_text(errors="replace").strip() for path in sorted(files) if path.is_file()]


def main():
    print("Crates in the programs of pg_launchpad, with their licenses and the licenses' texts.\n")
    numbers: dict[str, int] = {}
    kept: list[str] = []
    for package in linked(metadata()):
        of_package = []
        for text in texts(package):
            digest = hashlib.sha256(" ".join(text.split()).encode()).hexdigest()
            if digest not in numbers:
                kept.append(text)
                numbers[digest] = len(kept)
            of_package.append(f"[{numbers[digest]}]")
        where = " ".join(of_package) or "no text in the crate"
        print(f"{package['name']} {package['version']}: {package['license']} {where}")
    for number, text in enumerate(kept, 1):
        print(f"\n[{number}]\n\n{text}")


main()
