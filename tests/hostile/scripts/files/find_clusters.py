# Looks for data directories where servers have them.
# layers: NS, LL
# rows: 2
# expect: refused nothing
# expect container: through that it is there, not what is in it

import glob


def read():
    places = ["/var/lib/postgresql/*/*", "/etc/postgresql/*/*", "/tmp/*/data", "/tmp/pglp*"]
    found = [path for place in places for path in glob.glob(place)]
    found += [planted["data"]] if os.path.exists(planted["data"]) else []
    if not found:
        raise Nothing("nothing")
    return found


attack(read)
