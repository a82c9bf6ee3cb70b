# Has the kernel do its system calls past the filter.
# layers: SC
# rows: 29
# expect: refused ENOSYS

attack(lambda: syscall("io_uring_setup", 1, ctypes.create_string_buffer(120)))
