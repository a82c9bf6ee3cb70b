# Takes memory by filling pipes, which no limit of memory counts.
# layers: RL
# rows: 35, 38
# expect: refused EMFILE


def fill():
    for _ in range(300):
        _, write = os.pipe()
        os.write(write, bytes(65536))
    return "300 pipes"


attack(fill)
