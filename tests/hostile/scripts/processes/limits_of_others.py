# Takes all descriptors from another role's process by a limit.
# layers: NS
# rows: 35
# expect: refused ESRCH


def limit():
    import resource

    return resource.prlimit(planted["neighbour"], resource.RLIMIT_NOFILE)


try:
    attack(limit)
except ProcessLookupError:
    refused("ESRCH")
