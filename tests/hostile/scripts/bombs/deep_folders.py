# Makes folders in folders, deeper than any path, so that a cleaner fails.
# layers: NS
# rows: 10, 36
# expect: rows
# expect container: rows or error 53400
# control: skip because only what cleans up after it could fail

for _ in range(1000):
    os.mkdir("d" * 200)
    os.chdir("d" * 200)
tried()
