# Returns more than may be returned.
# layers: BK, DEC
# rows: 45
# expect: error 53400 the result is larger
# settings: launchpad.max_result_size=8MB
# control: skip because the backend bounds it

OutputDataSet = pandas.DataFrame({"outcome": ["x" * 1000] * 20_000, "detail": ""})
