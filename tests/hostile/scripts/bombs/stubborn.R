# Catches every interruption and goes on, in R.
# layers: BK
# rows: 40
# expect: error 57014 script_timeout
# settings: launchpad.script_timeout=300ms

repeat tryCatch(Sys.sleep(1e9), interrupt = function(condition) NULL)
