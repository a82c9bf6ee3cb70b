# Prints what is shown several times as long as it is.
# layers: BK
# rows: 42
# expect: rows
# control: skip because the backend bounds it

for bytes_ in (b"\x1b", b"\0", b"\xff", b"\r", b"\x01\n", b"\xc2\x9b"):
    os.write(1, bytes_ * 30_000)
tried()
