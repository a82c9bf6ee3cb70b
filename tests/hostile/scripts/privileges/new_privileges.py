# Looks whether a program could give it rights.
# layers: NNP
# rows: 24
# expect: refused 1

answered = libc.prctl(39, 0, 0, 0, 0)
if answered == 1:
    refused("1")
else:
    through("programs give rights")
