# Crashes, to leave its memory in a core file.
# layers: RL, NS
# rows: 48
# expect: error 38000 signal 11
# control: skip because what remains of it depends on the host

import resource

try:
    resource.setrlimit(resource.RLIMIT_CORE, (1 << 30, 1 << 30))
except (OSError, ValueError):
    pass
ctypes.string_at(1)
