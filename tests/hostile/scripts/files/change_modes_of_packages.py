# Makes the packages' folder writable.
# layers: NS, LL
# rows: 8
# expect: refused EROFS
# control: refused because the folder is not the server's on a sound host

attack(lambda: os.chmod(os.path.dirname(pandas.__path__[0]), 0o777) or "writable")
