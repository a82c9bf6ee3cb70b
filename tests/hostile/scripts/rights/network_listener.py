# Leaves a process that listens at a port; the second call looks for it.
# layers: NS
# rows: 13, 41
# expect: refused ECONNREFUSED
# expect container: error 38000 PermissionError
# settings: launchpad.network=host
# again: yes
# control: skip because the first call would be waited for

import socket
import time

if planted["previous"] is None:
    listener = socket.create_server(("127.0.0.1", 0))
    if os.fork() == 0:
        os.closerange(0, 3)
        time.sleep(1000)
    tried(listener.getsockname()[1])
else:
    port = int(planted["previous"])
    attack(lambda: socket.create_connection(("127.0.0.1", port), 2).getpeername())
