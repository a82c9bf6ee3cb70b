# Returns text that PostgreSQL cannot hold.
# layers: BK
# rows: 46
# expect: error 22021
# control: skip because only the backend reads it

OutputDataSet = [("a\0b", "")]
