# Writes noise where rows belong.
# layers: DEC
# rows: 44
# expect: error 38000
# control: skip because only the backend reads it

os.write(4, os.urandom(100_000))
os._exit(0)
