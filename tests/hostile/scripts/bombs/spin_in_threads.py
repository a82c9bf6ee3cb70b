# Runs forever in all its threads.
# layers: BK
# rows: 40
# expect: error 57014 script_timeout
# settings: launchpad.script_timeout=300ms
# control: skip because only the backend ends it

import threading


def spin():
    while True:
        pass


for _ in range(8):
    threading.Thread(target=spin).start()
spin()
