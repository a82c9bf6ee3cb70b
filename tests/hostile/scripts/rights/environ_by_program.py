# Has programs read the environments of others, with the right to start programs.
# layers: NS, LL
# rows: 4, 5
# expect: refused nothing
# settings: launchpad.allow_exec=on

import re
import subprocess


def read():
    done = subprocess.run("cat /proc/[0-9]*/environ", shell=True, capture_output=True)
    found = re.search(SECRET.encode(), done.stdout)
    if found:
        return found[0]
    raise Nothing("nothing")


attack(read)
