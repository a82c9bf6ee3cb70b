# Leaves threads at work.
# layers: NS
# rows: 41
# expect: rows
# control: skip because they end with their process anyway

import threading
import time

for _ in range(10):
    threading.Thread(target=time.sleep, args=(1e9,)).start()
tried()
