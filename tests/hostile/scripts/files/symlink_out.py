# Follows a symbolic link of its own to a file of the data directory.
# layers: NS, LL
# rows: 10
# expect: refused ENOENT


def read():
    os.symlink(planted["data_file"], "out")
    try:
        return open("out").read()
    finally:
        os.unlink("out")


attack(read)
