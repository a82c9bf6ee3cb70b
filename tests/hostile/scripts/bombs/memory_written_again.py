# Has children write to all that they were forked with, so that nothing of it is shared any more.
# layers: CG
# rows: 38
# expect: error 53200
# expect container: error 38000 PermissionError
# expect no-proc: error 38000 FileNotFoundError
# settings: launchpad.memory_limit=300MB, launchpad.script_timeout=20s

import re
import time

areas = []
with open("/proc/self/maps") as maps:
    for line in maps:
        found = re.match(r"(\w+)-(\w+) rw-p \w+ 00:00 0 *(\[heap\])?$", line)
        if found:
            areas.append((int(found[1], 16), int(found[2], 16)))
held, holder = os.pipe()
children = 0
for _ in range(20):
    if os.fork() == 0:
        os.close(holder)
        for start, end in areas:
            for page in range(start, end, 4096):
                here = ctypes.c_ubyte.from_address(page)
                here.value = here.value
        os.read(held, 1)
        os._exit(0)
    children += 1
time.sleep(5)
through(f"{children} children with memory of their own")
