# Calls by the 32-bit entrance, whose numbers mean other calls.
# layers: SC
# rows: 31
# expect: error 38000 signal
# machine: x86_64

import mmap

# mov eax, 20 (getpid); int 0x80; ret
code = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, 7)
code.write(bytes.fromhex("b814000000cd80c3"))
function = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(code)))
answered = function()
if answered == os.getpid():
    through(answered)
else:
    refused(f"no such entrance: {answered}")
