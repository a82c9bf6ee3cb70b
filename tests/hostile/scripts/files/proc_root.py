# Goes to the host's files through the root folders of other processes.
# layers: NS, SC
# rows: 4
# expect: refused nothing


def read():
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            return open(f"/proc/{pid}/root{planted['data_file']}").read()
        except OSError:
            pass
    raise Nothing("nothing")


try:
    attack(read)
except FileNotFoundError:
    refused("nothing")
