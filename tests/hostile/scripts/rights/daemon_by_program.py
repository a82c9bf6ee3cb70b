# Leaves programs that have sessions of their own and are deaf to the terminal's end.
# layers: NS
# rows: 41
# expect: rows
# settings: launchpad.allow_exec=on
# control: skip because the harness would wait for it

import subprocess

nowhere = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
subprocess.Popen(["setsid", "sleep", "1000"], **nowhere)
subprocess.Popen(["nohup", "sleep", "1000"], **nowhere)
subprocess.Popen(["sh", "-c", "trap '' HUP TERM INT; (sleep 1000 &) ; sleep 1000"], **nowhere)
tried()
