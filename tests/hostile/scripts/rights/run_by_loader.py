# Has the loader start a program that it wrote, with the right to start programs.
# layers: NS
# rows: 25
# expect: refused nothing
# settings: launchpad.allow_exec=on

import glob
import shutil
import subprocess


def run():
    shutil.copy("/bin/true", "program")
    for loader in glob.glob("/lib64/ld-linux*") + glob.glob("/lib/ld-linux*"):
        try:
            if subprocess.run([loader, "./program"], capture_output=True).returncode == 0:
                return loader
        except OSError:
            continue
    raise Nothing("nothing")


attack(run)
