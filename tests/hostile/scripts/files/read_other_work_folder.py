# Looks everywhere for the file that another role's call has in its work folder.
# layers: NS, LL
# rows: 3
# expect: refused nothing
# control: refused because without namespaces there are no work folders


def read():
    places = ["/job/..", "/tmp", "/dev/shm", "/job"]
    for pid in filter(str.isdigit, os.listdir("/proc") if os.path.isdir("/proc") else []):
        places += [f"/proc/{pid}/cwd", f"/proc/{pid}/root/job"]
    for place in places:
        try:
            if "neighbour" in os.listdir(place):
                return place
        except OSError:
            pass
    raise Nothing("nothing")


attack(read)
