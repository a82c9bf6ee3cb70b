# Forks until it is refused, in R.
# layers: RL, CG
# rows: 37
# expect: refused EAGAIN or unable to fork or error 53200

attack(function() {
  for (i in 1:100) parallel::mcparallel(Sys.sleep(30))
  "100 children"
})
