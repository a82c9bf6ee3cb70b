# Prints empty lines, far more messages than are reported.
# layers: BK
# rows: 42
# expect: rows
# control: skip because the backend bounds it

for _ in range(20):
    os.write(1, b"\n" * 60_000)
    os.write(2, b"\r\n" * 30_000)
tried()
