# Ends without a word.
# layers: BK
# rows: 48
# expect: error 38000 status 0
# control: skip because it only ends itself

os._exit(0)
