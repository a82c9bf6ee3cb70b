# Tries the system calls that hardly anyone needs, where the kernel's errors hide.
# layers: SC
# rows: 30
# expect: refused EPERM

import platform

# Their numbers on x86_64; wrong arguments, so that none does anything.
RARE = {
    "modify_ldt": (154, 9),
    "personality": (135, 0xFFFFFFFF),
    "quotactl": (179, 0xFFFFFFFF),
    "semget": (64, 0, 0, 0),
    "msgget": (68, 0, 0),
    "mbind": (237, 0, 0, 99),
    "set_mempolicy": (238, 99),
    "get_mempolicy": (239, 0, 0, 0, 0, 0),
    "migrate_pages": (256, 0, 0, 0, 0),
    "move_pages": (279, 0, 0, 0, 0, 0, 99),
    "inotify_init1": (294, 99),
    "fanotify_init": (300, 0xFFFF, 0),
    "name_to_handle_at": (303, -1, 0, 0, 0, 0),
    "kcmp": (312, -1, -1, 99),
    "vmsplice": (278, -1, 0, 0, 0),
    "process_vm_readv": (310, -1, 0, 0, 0, 0, 99),
    "mq_unlink": (241, 0),
    "lookup_dcookie": (212, 0, 0, 0),
    "sysfs": (139, 3),
    "ustat": (136, 0, 0),
    "remap_file_pages": (216, 0, 0, 0, 0, 0),
    "seccomp": (317, 99, 0, 0),
    "syslog": (103, 99, 0, 0),
    "pidfd_getfd": (438, -1, 0, 0),
    "landlock_create_ruleset": (444, 0, 0, 99),
    "memfd_secret": (447, 99),
    "set_mempolicy_home_node": (450, 0, 0, 0, 99),
}


def call():
    got = {}
    for name, (number, *arguments) in RARE.items():
        try:
            got[name] = str(syscall(number, *arguments))
        except OSError as error:
            got[name] = errno.errorcode[error.errno]
    # What reached the kernel answers in other words: EINVAL, EFAULT, a number.
    reached = {name: word for name, word in got.items() if word not in ("EPERM", "ENOSYS")}
    if not reached:
        raise OSError(errno.EPERM, "none")
    return reached


if platform.machine() == "x86_64":
    attack(call)
