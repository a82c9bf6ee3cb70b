# Removes the folder for temporary files that the zygote had.
# layers: NS
# rows: 9, 48
# expect: rows

unlink(c(tempdir(), dirname(tempdir()), "/tmp"), recursive = TRUE, force = TRUE)
tried()
