# Looks for the server's password in its environment, in R.
# layers: ENV
# rows: 5
# expect: refused nothing

attack(function() {
  found <- grep("PLANTED-[a-z]+-[0-9a-f]{32}|PGPASS", Sys.getenv(), value = TRUE)
  if (length(found)) found else nothing()
})
