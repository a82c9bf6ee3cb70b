# Signals the launchpad's service.
# layers: NS
# rows: 19
# expect: refused ESRCH

attack(lambda: os.kill(planted["launchpadd"], 0) or "it could be killed")
