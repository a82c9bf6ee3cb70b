# Goes to the data directory through the working directories of other processes.
# layers: NS
# rows: 4
# expect: refused nothing


def read():
    name = os.path.basename(planted["data_file"])
    for pid in range(1, 1000):
        try:
            return open(f"/proc/{pid}/cwd/{name}").read()
        except OSError:
            pass
    raise Nothing("nothing")


attack(read)
