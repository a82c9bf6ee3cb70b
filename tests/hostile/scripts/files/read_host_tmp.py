# Reads what others have in the folder for temporary files.
# layers: NS, LL
# rows: 3, 9
# expect: refused ENOENT

attack(lambda: open(planted["tmp_file"]).read())
