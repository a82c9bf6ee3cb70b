# Copies a program into its work folder and starts it there.
# layers: SC, NS
# rows: 25
# expect: refused EACCES
# expect container: refused ENOENT

import glob
import shutil


def run():
    # The C library is a program too: it tells its version.
    library = next(iter(glob.glob("/lib/*/libc.so.6")), "/lib/libc.so.6")
    shutil.copy(library, "program")
    os.chmod("program", 0o700)
    child = os.posix_spawn("program", ["program"], {}, file_actions=[(os.POSIX_SPAWN_CLOSE, 1)])
    return os.waitpid(child, 0)


attack(run)
