# Lists the homes of the host's users, in R.
# layers: NS, LL
# rows: 1
# expect: refused nothing

attack(function() {
  found <- list.files(c("/home", "/root", "/var/lib"), all.files = TRUE, no.. = TRUE)
  if (length(found)) found else nothing()
})
