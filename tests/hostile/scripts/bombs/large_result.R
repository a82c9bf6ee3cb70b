# Returns more than may be returned, in R.
# layers: BK, DEC
# rows: 45
# expect: error 53400 the result is larger
# settings: launchpad.max_result_size=8MB

assign("OutputDataSet", data.frame(outcome = rep(strrep("x", 1000), 20000), detail = ""))
