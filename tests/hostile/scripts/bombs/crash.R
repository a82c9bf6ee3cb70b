# Crashes, in R.
# layers: RL, NS
# rows: 48
# expect: error 38000 signal

tools::pskill(Sys.getpid(), 11)
Sys.sleep(10)
