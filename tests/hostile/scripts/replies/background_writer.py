# Has a child write between the rows, before and after its own end.
# layers: DEC, NS
# rows: 47
# expect: error 38000
# control: skip because only the backend reads it

import time

read, write = os.pipe()
if os.fork() == 0:
    while True:
        try:
            os.write(4, b"noise")
        except OSError:
            pass
        os.write(write, b"x")
        time.sleep(0.01)
os.read(read, 1)
tried()
