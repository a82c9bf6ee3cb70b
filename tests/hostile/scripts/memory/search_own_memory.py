# Searches all of its own memory, which was the zygote's, for secrets of others.
# layers: ENV
# rows: 5, 9
# expect: refused nothing
# expect no-proc: refused ENOENT
# control: refused because the zygote never sees a secret

import re


def look():
    found = set()
    with open("/proc/self/maps") as maps:
        ranges = [line.split() for line in maps]
    for line in ranges:
        # What is mapped from files is theirs; the kernel's own pages cannot be read.
        if line[1].startswith("rw") and (len(line) < 6 or line[5] in ("[heap]", "[stack]")):
            start, end = (int(number, 16) for number in line[0].split("-"))
            if end - start < 1 << 27:
                found |= set(re.findall(SECRET.encode(), ctypes.string_at(start, end - start)))
    if not found:
        raise Nothing("nothing")
    return found


try:
    attack(look)
except FileNotFoundError:
    refused("nothing")
