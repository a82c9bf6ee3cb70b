# Prints far more than is reported.
# layers: BK
# rows: 42
# expect: rows
# control: skip because the backend bounds it

for _ in range(2000):
    print("x" * 10_000)
tried()
