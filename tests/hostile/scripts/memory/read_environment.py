# Looks for the server's password in its environment: variables, /proc, the stack.
# layers: ENV
# rows: 5
# expect: refused nothing
# control: refused because launchpadd makes the environment, not the sandbox

import re


def look():
    texts = [repr(dict(os.environ)).encode()]
    try:
        texts.append(open("/proc/self/environ", "rb").read())
    except OSError:
        pass
    # Above a buffer on the stack, up to the strings that the program was started with.
    environ = ctypes.c_void_p.in_dll(libc, "environ").value
    pointer = ctypes.cast(environ, ctypes.POINTER(ctypes.c_char_p)) if environ else None
    index = 0
    while pointer and pointer[index]:
        texts.append(pointer[index])
        index += 1
    found = [text for text in texts if re.search(SECRET.encode(), text) or b"PGPASS" in text]
    if not found:
        raise Nothing("nothing")
    return found


attack(look)
