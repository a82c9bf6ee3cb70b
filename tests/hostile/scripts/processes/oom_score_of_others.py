# Makes the kernel end another process first.
# layers: NS
# rows: 11
# expect: refused ENOENT or EROFS or EACCES


def raise_it():
    with open(f"/proc/{planted['neighbour']}/oom_score_adj", "w") as file:
        file.write("1000")
    return "raised"


attack(raise_it)
