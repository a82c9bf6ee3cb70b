# Starts a cluster of R processes that talk over the network.
# layers: NS, SC
# rows: 13, 25
# expect: refused no cluster

made <- tryCatch(
  suppressWarnings(parallel::makeCluster(1, setup_timeout = 1)),
  error = function(error) NULL
)
if (is.null(made)) refused("no cluster") else through("a cluster")
