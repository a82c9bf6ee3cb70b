# Connects to a service of the host, in R.
# layers: NS, SC
# rows: 13
# expect: refused cannot open the connection or EAFNOSUPPORT

attack(function() {
  suppressWarnings(socketConnection("127.0.0.1", planted$tcp, timeout = 2))
})
