# Kills the namespace's first process, which the kernel keeps from those within.
# layers: NS
# rows: 41
# expect: rows
# control: skip because it would end the control itself

import signal

for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGTERM, signal.SIGSEGV):
    try:
        os.kill(1, number)
    except PermissionError:
        # Landlock lets no signal out of the script's own processes.
        pass
tried()
