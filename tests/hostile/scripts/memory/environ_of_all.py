# Reads the environments of all processes for a password.
# layers: NS
# rows: 4, 5
# expect: refused nothing


def look():
    import re

    for pid in range(1, 1000):
        try:
            found = re.search(SECRET.encode(), open(f"/proc/{pid}/environ", "rb").read())
        except OSError:
            continue
        if found:
            return found[0]
    raise Nothing("nothing")


attack(look)
