# Fills the disk with files that never had a name.
# layers: NS, SC
# rows: 36
# expect: refused ENOSPC


def fill():
    kept = []
    for _ in range(100):
        file = open(os.open(".", os.O_TMPFILE | os.O_WRONLY, 0o600), "wb")
        kept.append(file)
        file.write(bytes(1 << 20))
        file.flush()
    return "100 MB of 4 MB"


attack(fill)
