# Opens files until it is refused.
# layers: RL
# rows: 39
# expect: refused EMFILE

attack(lambda: len([os.open("/dev/null", os.O_RDONLY) for _ in range(900)]))
