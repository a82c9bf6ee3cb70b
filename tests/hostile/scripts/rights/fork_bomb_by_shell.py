# Has a shell start itself without end, with the right to start programs.
# layers: RL, CG, BK
# rows: 37
# expect: error 57014 script_timeout or error 38000 or error 53200
# settings: launchpad.allow_exec=on, launchpad.script_timeout=500ms
# control: skip because nothing would end it but the machine

import subprocess

subprocess.run(["sh", "-c", "bomb() { bomb | bomb & }; bomb; bomb; sleep 100"])
raise RuntimeError("the shell has ended")
