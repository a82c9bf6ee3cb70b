# Changes a function of R itself for the next call; the second call looks for the change.
# layers: NS
# rows: 9
# expect: refused nothing
# again: yes

if (identical(body(base::mean)[[1]], quote(patched))) {
  through("a function of the call before")
} else {
  unlockBinding("mean", baseenv())
  assign("mean", as.function(list(quote(patched()))), envir = baseenv())
  refused("nothing")
}
