# Learns the host's name.
# layers: NS
# rows: 30
# expect: refused satellite
# expect container: through there is no other

name = os.uname().nodename
if name == "satellite":
    refused("satellite")
else:
    through(name)
