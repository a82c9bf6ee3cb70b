# Takes memory until there is none, in R.
# layers: RL, CG
# rows: 38
# expect: error 53200
# settings: launchpad.memory_limit=300MB

taken <- list()
for (i in 1:100) taken[[i]] <- rep(1, 2e6)
through(length(taken))
