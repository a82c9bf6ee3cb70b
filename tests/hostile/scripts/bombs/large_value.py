# Returns one value that is larger than what may be returned.
# layers: BK, DEC
# rows: 45
# expect: error 53400 a message claims
# settings: launchpad.max_result_size=8MB
# control: skip because the backend bounds it

OutputDataSet = [("x" * 20_000_000, "")]
