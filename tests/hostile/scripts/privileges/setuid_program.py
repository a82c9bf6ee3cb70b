# Starts a program that runs as the super-user.
# layers: SC, NS, NNP
# rows: 24, 25
# expect: refused EACCES


def start():
    programs = ("/usr/bin/passwd", "/usr/bin/su", "/bin/su", "/usr/bin/mount", "/bin/mount")
    there = next((path for path in programs if os.path.exists(path)), programs[0])
    child = os.posix_spawn(there, [there, "--help"], {}, file_actions=[(os.POSIX_SPAWN_CLOSE, 1)])
    return os.waitpid(child, 0)


attack(start)
