# Leaves files for the next call, in R; the second call looks for them.
# layers: NS
# rows: 9
# expect: refused nothing
# again: yes

places <- file.path(c(".", "/tmp", "/dev/shm", tempdir()), planted$marker)
found <- places[file.exists(places)]
if (length(found)) {
  unlink(found)
  through(found)
} else {
  if (is.null(planted$previous)) for (place in places) try(file.create(place), silent = TRUE)
  refused("nothing")
}
