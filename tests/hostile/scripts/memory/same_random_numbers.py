# Foretells the random numbers of another call; the second call compares.
# layers: NS
# rows: 50
# expect: refused other numbers
# again: yes
# control: refused because the launcher draws new seeds, not the sandbox

import random

drawn = f"{random.random()} {numpy.random.rand()} {os.urandom(4).hex()}"
if planted["previous"] is None:
    tried(drawn)
elif set(drawn.split()) & set(planted["previous"].split()):
    through(drawn)
else:
    refused("other numbers")
