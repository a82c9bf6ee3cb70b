# Closes all that it has open.
# layers: BK
# rows: 44, 48
# expect: error 38000
# control: skip because only the backend has the other ends

os.closerange(0, 1024)
