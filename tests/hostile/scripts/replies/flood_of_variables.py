# Sends variables that nobody asked for, without end.
# layers: DEC
# rows: 44
# expect: error 38000
# control: skip because only the backend reads it

piece = (60004).to_bytes(4, "little") + b"\2\xe0\xd4\3" + b"[" * 60000
while True:
    os.write(5, piece)
