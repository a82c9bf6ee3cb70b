# Keeps itself from being the first that the kernel ends for want of memory.
# layers: NS
# rows: 11
# expect: refused EROFS or EACCES or ENOENT or EPERM


def lower():
    try:
        with open("/proc/self/oom_score_adj") as file:
            if int(file.read()) < 1000:
                return "never was the first"
    except FileNotFoundError:
        pass
    with open("/proc/self/oom_score_adj", "w") as file:
        file.write("0")
    return "lowered"


attack(lower)
