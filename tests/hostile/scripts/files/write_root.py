# Makes a folder at the top of its file system.
# layers: NS
# rows: 8
# expect: refused EROFS
# control: refused because the folder is not the server's on a sound host

attack(lambda: os.mkdir("/" + planted["marker"]) or "made")
