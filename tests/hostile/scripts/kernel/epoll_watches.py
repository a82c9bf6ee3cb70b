# Takes the watches of epoll that the server's user has: without one nobody can connect.
# layers: SC
# rows: 35
# expect: refused ENOSYS

import platform


def numbers():
    """epoll_create, epoll_create1, epoll_ctl, epoll_wait, epoll_pwait, epoll_pwait2."""
    if platform.machine() == "aarch64":
        return [20, 21, 22, 441]
    return [213, 291, 233, 232, 281, 441]


def watch():
    answers = []
    for number in numbers():
        try:
            syscall(number, 1, 0, 0, 0, 0)
        except OSError as error:
            # Else it got as far as its arguments.
            if error.errno == errno.ENOSYS:
                continue
        answers.append(number)
    if not answers:
        raise OSError(errno.ENOSYS, "")
    return f"system calls {answers}"


attack(watch)
