"""A Debian tree that stands for an image: the steps of a Dockerfile run in it, entered by unshare
and pivot_root. A chroot would not do: it forbids user namespaces to what runs in it."""

import glob
import os
import shutil
import subprocess
from pathlib import Path

from dockerfile import Copy, Stage

from places import ROOT

# In a mount and pid namespace. The old root goes before anything of the tree runs.
ENTER = """
mount --make-rprivate /
mount --rbind "$TREE" "$TREE"
mount -t proc proc "$TREE/proc"
mount --rbind /dev "$TREE/dev"
mount --bind "$(readlink -f /etc/resolv.conf)" "$TREE/etc/resolv.conf"
cd "$TREE"
pivot_root . mnt
cd /
umount -l /mnt
cd "$FOLDER"
exec "$@"
"""
TRUSTED = "/etc/ssl/certs/ca-certificates.crt"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Tree:
    def __init__(self, folder: Path):
        self.folder = folder
        self.environment = {"PATH": PATH, "HOME": "/root", "LC_ALL": "C.UTF-8"}
        # The caller says how much is optimised, and the host whom programs trust on the network.
        kept = [name for name in os.environ if name.startswith("CARGO_PROFILE_")]
        kept += [name for name in ("SSL_CERT_FILE", "PIP_CERT") if os.environ.get(name) == TRUSTED]
        self.environment |= {name: os.environ[name] for name in kept}
        self.work = "/"
        (folder / "etc/resolv.conf").touch()
        shutil.copy(TRUSTED, folder / TRUSTED.lstrip("/"))

    @classmethod
    def debian(cls, folder: Path, suite: str, *packages: str) -> "Tree":
        make = ["mmdebstrap", "--quiet", "--variant=minbase", f"--include={','.join(packages)}"]
        subprocess.run([*make, suite, folder, "http://deb.debian.org/debian"], check=True)
        return cls(folder)

    def copied(self, folder: Path) -> "Tree":
        subprocess.run(["cp", "-a", "--reflink=auto", self.folder, folder], check=True)
        return Tree(folder)

    def run(self, *command: str, **more: str) -> str:
        """Standard output, when it has ended well."""
        environment = self.environment | more | {"TREE": str(self.folder), "FOLDER": self.work}
        enter = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", ENTER, "sh"]
        return subprocess.run(
            [*enter, *command], env=environment, check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    def build(self, stage: Stage, origins: dict[str, Path]):
        """`origins`: where the files of other stages are."""
        for kind, words in stage.instructions:
            print(f"== {kind} {words}", flush=True)
            if kind == "RUN":
                print(self.run("bash", "-c", words), flush=True)
            elif kind == "ENV":
                self.environment |= dict(each.split("=", 1) for each in words.split())
            elif kind == "WORKDIR":
                self.work = words
                (self.folder / words.lstrip("/")).mkdir(parents=True, exist_ok=True)
            elif kind == "COPY":
                copy = Copy(words)
                self.copy(origins[copy.origin], copy)
            else:
                # What the engine does with a container.
                assert kind in ("USER", "HEALTHCHECK"), kind

    def copy(self, origin: Path, copy: Copy):
        """As COPY does: a folder's content, or files into a folder."""
        target = self.folder / os.path.join(self.work, copy.target).lstrip("/")
        for source in copy.sources:
            for found in map(Path, glob.glob(str(origin / source.lstrip("/")))):
                if found.is_dir():
                    shutil.copytree(found, target, symlinks=True, dirs_exist_ok=True)
                elif copy.target.endswith("/") or target.is_dir():
                    target.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(found, target, follow_symlinks=False)
                else:
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(found, target, follow_symlinks=False)


def sources(folder: Path) -> Path:
    """What the engine is sent: the files that git knows, less those that are ignored."""
    lines = (ROOT / "docker" / "Dockerfile.dockerignore").read_text().splitlines()
    named = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines()
    no = tuple(f"{line}/" for line in lines if line[0] not in "#!*")
    yes = tuple(f"{line[1:]}/" for line in lines if line.startswith("!"))
    for name in named:
        if name.startswith(no) and not name.startswith(yes):
            continue
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    return folder
