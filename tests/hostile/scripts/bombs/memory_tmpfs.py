# Takes memory by writing files, which are kept there.
# layers: NS, CG
# rows: 36, 38
# expect: error 53400 OSError: [Errno 28]
# expect container: error 38000 PermissionError
# control: refused because without namespaces they are on a disk

for number in range(16):
    with open(f"/dev/shm/{number}", "wb") as file:
        file.write(bytes(1 << 20))
through("16 MiB")
