# Prints a line that does not end.
# layers: BK
# rows: 42
# expect: rows
# control: skip because the backend bounds it

for _ in range(300):
    os.write(1, b"x" * 65_536)
    os.write(2, b"x" * 65_536)
tried()
