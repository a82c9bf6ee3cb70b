# Prints empty lines, far more messages than are reported, in R.
# layers: BK
# rows: 42
# expect: rows
# control: skip because the backend bounds it

for (i in 1:20) cat(strrep("\n", 60000))
for (i in 1:5000) message()
tried()
