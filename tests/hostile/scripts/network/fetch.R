# Fetches a page from the network, in R.
# layers: NS, SC
# rows: 13, 14
# expect: refused no network

through_or <- tryCatch(
  suppressWarnings(readLines(url(paste0("http://127.0.0.1:", planted$tcp), open = "r"))),
  error = function(error) NULL
)
if (is.null(through_or)) refused("no network") else through(through_or)
