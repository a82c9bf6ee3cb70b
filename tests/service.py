"""The cluster that Debian's packages make, run by systemd as on a server: postgresql@15-main.

Its unit gets a drop-in. The one here delegates the service's cgroup to the server. Debian's unit
starts as root, and pg_ctlcluster changes the user: such a service's cgroup would be root's, so that
the drop-in has to name the user too.
"""

import os
import shutil
import subprocess
from pathlib import Path

from cluster import Cluster, wait_until

UNIT = "postgresql@15-main.service"
DROP_IN = Path(f"/run/systemd/system/{UNIT}.d/launchpad.conf")
# The one that is meant for real servers.
SYSTEMD = Path(__file__).parent.parent / "systemd"
DELEGATED = (SYSTEMD / "postgresql@.service.d" / "pg_launchpad.conf").read_text()
SETTINGS = Path("/etc/postgresql/15/main/conf.d/launchpad.conf")
ACCESS = Path("/etc/postgresql/15/main/launchpad_hba.conf")


class Service(Cluster):
    """Answers what a Cluster does; ctl takes systemctl's verbs: ctl('restart')."""

    def __init__(self, *settings: str, drop_in: str = DELEGATED, extension: bool = True):
        self.host, self.port, self.user = "/run/postgresql", 5432, "postgres"
        self.data = Path("/var/lib/postgresql/15/main")
        self.log = Path("/var/log/postgresql/postgresql-15-main.log")
        self.work = Path("/dev/shm/pglp.service")  # only the container sandbox would have one
        # Root asks, not the server's user.
        ACCESS.write_text("local all all trust\nlocal replication all trust\n")
        named = dict(setting.split("=", 1) for setting in settings)
        named |= {
            "shared_preload_libraries": "pg_launchpad",
            "launchpad.keep_warm": "0",
            "launchpad.python": f"{os.environ['VENV']}/bin/python",
            "hba_file": str(ACCESS),
        }
        SETTINGS.write_text("".join(f"{name} = '{value}'\n" for name, value in named.items()))
        DROP_IN.parent.mkdir(parents=True, exist_ok=True)
        DROP_IN.write_text(drop_in)
        try:
            self.ctl("start")
            if extension:
                self.execute("CREATE EXTENSION IF NOT EXISTS pg_launchpad")
        except BaseException:
            self.remove()
            raise

    def ctl(self, *arguments: str):
        subprocess.run(["systemctl", "daemon-reload"], check=True)
        done = subprocess.run(["systemctl", *arguments, UNIT], check=False)
        if done.returncode != 0:
            said = subprocess.run(
                ["journalctl", "--no-pager", "--lines=30", "--unit", UNIT],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
            raise RuntimeError(f"systemctl {arguments}: {said}")

    def remove(self):
        try:
            self.ctl("stop")
            wait_until(lambda: not (self.data / "postmaster.pid").exists(), 5, "the server ends")
        finally:
            shutil.rmtree(DROP_IN.parent)
            SETTINGS.unlink()

    def is_warm(self) -> bool:
        """Whether as many satellites of both languages wait as shall."""
        wanted = 2 * int(self.setting("launchpad.warm_satellites"))
        return sum(line["state"] == "warm" for line in self.satellites()) >= wanted

    def cgroup(self) -> Path:
        """The folder of the unit's cgroup."""
        path = subprocess.run(
            ["systemctl", "show", "--property=ControlGroup", "--value", UNIT],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        return Path("/sys/fs/cgroup" + path)
