# Asks which pages of a shared file are in memory, to learn what another role's script has read.
# layers: SC
# rows: 34
# expect: refused EPERM


def ask():
    import numpy

    with open(numpy.__file__, "rb") as file:
        file.read(16)
        return os.preadv(file.fileno(), [bytearray(16)], 0, os.RWF_NOWAIT) or "nothing"


attack(ask)
