# Looks whether others could look into it, by way of what the kernel shows of it.
# layers: NS
# rows: 11, 20
# expect: refused 0

answered = libc.prctl(3, 0, 0, 0, 0)
if answered == 0:
    refused("0")
else:
    through(f"dumpable: {answered}")
