# Fills the folder for temporary files, in R.
# layers: NS
# rows: 36
# expect: refused ENOSPC
# expect container: refused EFBIG or ENOSPC or error 53400

con <- file("big", "wb")
for (i in 1:10) writeBin(raw(2^20), con)
close(con)
# R says nothing of what it could not write.
if (file.size("big") > 5e6) through(file.size("big")) else refused("ENOSPC")
