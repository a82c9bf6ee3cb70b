# Runs forever in native code, in R.
# layers: BK
# rows: 40
# expect: error 57014 script_timeout
# settings: launchpad.script_timeout=300ms

regexpr("^(a+)+$", paste0(strrep("a", 40), "b"), perl = FALSE)
repeat sort(runif(1e7))
