# Announces variables of two to the 62 bytes in a message of a few.
# layers: DEC
# rows: 44
# expect: error 38000
# control: skip because only the backend reads it

os.write(5, b"\x0b\0\0\0\2" + b"\xff" * 8 + b"\x3f" + b"x")
os._exit(0)
