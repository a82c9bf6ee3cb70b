# Writes to its error output what the server's log collector takes for a record of the server.
# layers: FD, BK
# rows: 43
# expect: rows
# control: skip because only the server has a log

import struct

text = b"FORGED LOG:  connection authorized: user=postgres\n"
for number in (0, 1, 2):
    try:
        os.write(number, struct.pack("=2xHic", len(text), os.getpid(), b"t") + text)
        os.write(number, b"\nFORGED PANIC:  the server is down\n\x1b[2J\r" + text)
    except OSError:
        pass
tried()
