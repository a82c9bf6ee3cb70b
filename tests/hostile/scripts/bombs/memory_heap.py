# Takes memory from the heap until there is none.
# layers: RL, CG
# rows: 38
# expect: error 53200
# settings: launchpad.memory_limit=300MB

taken = []
for _ in range(100):
    taken.append(bytearray(10_000_000))
through(f"{sum(map(len, taken))} bytes")
