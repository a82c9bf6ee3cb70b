# Reads who has an account on the host, by way of a relative path.
# layers: NS, LL
# rows: 1, 7
# expect: refused nothing


def read():
    text = open("../../../../../../../../etc/passwd").read()
    if "root:" not in text:
        raise Nothing("nothing")
    return text[:40]


attack(read)
