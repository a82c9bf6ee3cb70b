# Reads a file of the data directory, whose owner the script is.
# layers: NS, LL
# rows: 2
# expect: refused ENOENT

attack(lambda: open(planted["data_file"]).read())
