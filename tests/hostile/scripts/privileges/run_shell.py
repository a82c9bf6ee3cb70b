# Runs a command in a shell.
# layers: SC, NS
# rows: 25
# expect: refused nothing

import subprocess


def run():
    try:
        return subprocess.run("echo hello", shell=True, capture_output=True, check=True).stdout
    except OSError:
        raise Nothing("nothing") from None


attack(run)
