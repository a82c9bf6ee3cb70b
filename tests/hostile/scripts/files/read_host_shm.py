# Reads shared memory of the host, where PostgreSQL has its own.
# layers: NS, LL
# rows: 3, 34
# expect: refused ENOENT

attack(lambda: open(planted["shm_file"]).read())
