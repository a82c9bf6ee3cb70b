# Watches what others read of the files that both see.
# layers: SC
# rows: 34, 35
# expect: refused EPERM


def watch():
    watcher = checked(libc.inotify_init1(0))
    return checked(libc.inotify_add_watch(watcher, os.__file__.encode(), 1))


attack(watch)
