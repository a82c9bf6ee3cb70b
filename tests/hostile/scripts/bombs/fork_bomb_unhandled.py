# Forks without end, every child as well, and handles no refusal.
# layers: RL, CG, BK
# rows: 37
# expect: error 53400 or error 53200
# expect container: error 38000 PermissionError
# control: skip because nothing bounds it

while True:
    os.fork()
