# Blocks the interpreter's end with a thread in native code.
# layers: BK
# rows: 40, 41
# expect: rows
# control: skip because nothing tells of it

import threading

threading.Thread(target=libc.pause).start()
tried()
