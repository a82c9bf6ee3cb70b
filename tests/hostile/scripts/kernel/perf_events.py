# Measures itself and, by the shared processor, others.
# layers: SC
# rows: 27
# expect: refused EPERM


def measure():
    # PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK, of user code alone: allowed to most users.
    description = (ctypes.c_uint64 * 16)(1 | 128 << 32, 1)
    description[5] = 1 << 5 | 1 << 6
    return syscall("perf_event_open", ctypes.byref(description), 0, -1, -1, 0)


attack(measure)
