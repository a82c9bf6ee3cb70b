# Signals another role's script, in R.
# layers: NS
# rows: 19
# expect: refused nothing

if (tools::pskill(planted$neighbour, 0)) through("it could be killed") else refused("nothing")
