# Registers what shall run when the interpreter ends, with the rights that it has then.
# layers: NS
# rows: 9, 41
# expect: rows
# control: skip because nothing tells of it

import atexit
import time

atexit.register(time.sleep, 1e9)


class Last:
    def __del__(self):
        time.sleep(1e9)


last = Last()
tried()
