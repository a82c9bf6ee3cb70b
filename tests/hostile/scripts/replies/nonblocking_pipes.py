# Changes the mode of the pipes that it shares with the backend.
# layers: FD
# rows: 18
# expect: rows
# control: skip because only the backend has the other ends

for number in (1, 2, 4, 5):
    os.set_blocking(number, False)
    os.set_blocking(number, True)
tried()
