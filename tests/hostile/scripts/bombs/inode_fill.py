# Makes files of no size until there can be no more.
# layers: NS
# rows: 36
# expect: refused ENOSPC
# expect container: error 53400

import time


def fill():
    os.mkdir("many")
    for number in range(1500):
        os.close(os.open(f"many/{number}", os.O_CREAT | os.O_WRONLY))
    time.sleep(1)  # and keeps them for longer than it takes to measure
    return "1500 files"


attack(fill)
