# Becomes the super-user, if need be in a namespace of its own.
# layers: SC
# rows: 24
# expect: refused EPERM


def become():
    user, group = os.getuid(), os.getgid()
    if libc.unshare(0x10000000) == 0:
        for file, text in (
            ("setgroups", "deny"),
            ("uid_map", f"0 {user} 1"),
            ("gid_map", f"0 {group} 1"),
        ):
            with open(f"/proc/self/{file}", "w") as opened:
                opened.write(text)
    os.setgid(0)
    os.setuid(0)
    return os.getuid()


try:
    attack(become)
except PermissionError:
    refused("EPERM")
