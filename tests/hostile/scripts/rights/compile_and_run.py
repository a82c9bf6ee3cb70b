# Writes a program and starts it, from every folder that can be written, with the right to start
# programs.
# layers: NS
# rows: 25
# expect: refused EACCES
# settings: launchpad.allow_exec=on

import glob
import shutil


def run():
    refusal = Nothing("nothing")
    for folder in (".", "/tmp", "/dev/shm"):
        program = os.path.join(folder, "pglp-program")
        try:
            shutil.copy(glob.glob("/bin/true")[0], program)
            os.chmod(program, 0o700)
            child = os.posix_spawn(program, [program], {})
        except OSError as error:
            refusal = error
            continue
        os.unlink(program)
        if os.waitpid(child, 0)[1] == 0:
            return program
    raise refusal


attack(run)
