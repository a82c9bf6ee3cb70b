# Links a file of the data directory into its work folder.
# layers: NS, LL
# rows: 10
# expect: refused ENOENT
# expect container: refused EXDEV


def read():
    os.link(planted["data_file"], "in")
    try:
        return open("in").read()
    finally:
        os.unlink("in")


attack(read)
