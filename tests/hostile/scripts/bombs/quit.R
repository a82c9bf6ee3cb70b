# Ends R in the middle of the call.
# layers: BK
# rows: 48
# expect: error 38000

quit(save = "no", status = 0)
