# Signals the server's first process, in R.
# layers: NS
# rows: 19
# expect: refused nothing

if (tools::pskill(planted$postmaster, 0)) through("it could be killed") else refused("nothing")
