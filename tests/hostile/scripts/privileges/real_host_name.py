# Learns the host's name.
# layers: NS
# rows: 30
# expect: refused satellite

name = os.uname().nodename
if name == "satellite":
    refused("satellite")
else:
    through(name)
