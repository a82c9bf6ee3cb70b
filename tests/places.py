"""What scripts/env.sh says, the only place that knows."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def places(*names: str) -> dict[str, str]:
    """Those variables of it: VENV, owner, target…"""
    printed = " ".join(f'"${name}"' for name in names)
    told = subprocess.run(
        ["bash", "-c", f"source scripts/env.sh; printf '%s\\n' {printed}"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return dict(zip(names, told.stdout.splitlines(), strict=True))


def has_xml(pg_config: str) -> bool:
    """Whether the server that a pg_config is of was built with XML."""
    options = subprocess.check_output([pg_config, "--configure"], text=True)
    return "--with-libxml" in options


def major(pg_config: str) -> int:
    """The major version of the server that a pg_config is of."""
    said = subprocess.check_output([pg_config, "--version"], text=True)
    return int(said.split()[1].split(".")[0])
