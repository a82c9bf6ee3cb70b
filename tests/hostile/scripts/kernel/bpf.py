# Loads a program into the kernel.
# layers: SC
# rows: 27
# expect: refused EPERM
# control: refused because most kernels refuse it to users

attack(lambda: syscall("bpf", 0, ctypes.create_string_buffer(128), 128))
