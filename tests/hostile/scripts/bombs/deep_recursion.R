# Calls itself without end, in R.
# layers: RL
# rows: 48
# expect: error 38000

options(expressions = 500000)
deep <- function() deep()
deep()
