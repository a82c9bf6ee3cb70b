# Foretells the random numbers of another R call; the second call compares.
# layers: NS
# rows: 50
# expect: refused other numbers
# again: yes

drawn <- format(runif(1), digits = 15)
if (is.null(planted$previous)) {
  tried(drawn)
} else if (drawn == planted$previous) {
  through(drawn)
} else {
  refused("other numbers")
}
