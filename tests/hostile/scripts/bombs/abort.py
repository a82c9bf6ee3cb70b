# Aborts.
# layers: BK
# rows: 48
# expect: error 38000 signal 6
# control: skip because it only ends itself

os.abort()
