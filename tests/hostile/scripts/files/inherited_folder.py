# Leaves through the descriptor of a folder that it inherited (CVE-2024-21626).
# layers: FD
# rows: 6, 7
# expect: refused nothing
# control: refused because the zygote has no folder open

import stat


def leave():
    for number in range(3, 300):
        try:
            if stat.S_ISDIR(os.fstat(number).st_mode):
                return os.listdir(number)
        except OSError:
            pass
    raise Nothing("nothing")


attack(leave)
