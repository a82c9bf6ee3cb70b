# Has the loader start a program, which need not be executable.
# layers: SC
# rows: 25
# expect: refused EACCES


def start():
    import glob

    loader = glob.glob("/lib64/ld-linux*") + glob.glob("/lib/ld-linux*")
    child = os.posix_spawn(
        loader[0], ["ld.so", "--version"], {}, file_actions=[(os.POSIX_SPAWN_CLOSE, 1)]
    )
    return os.waitpid(child, 0)


attack(start)
