# Lets children print what it may not, each a part.
# layers: BK
# rows: 42
# expect: rows
# expect container: error 38000 PermissionError
# control: skip because the backend bounds it

children = []
for _ in range(20):
    child = os.fork()
    if child == 0:
        for _ in range(5):
            os.write(1, b"\n" * 60_000)
            os.write(2, b"\x1b" * 60_000)
        os._exit(0)
    children.append(child)
for child in children:
    os.waitpid(child, 0)
tried()
