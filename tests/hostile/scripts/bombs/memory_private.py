# Takes memory by mapping it privately.
# layers: RL, CG
# rows: 38
# expect: refused ENOMEM
# settings: launchpad.memory_limit=300MB


def take():
    import mmap

    taken = [mmap.mmap(-1, 10_000_000, flags=mmap.MAP_PRIVATE) for _ in range(100)]
    return f"{len(taken)} times 10 MB of 300 MB"


attack(take)
