# Writes into the control channel what the launcher would have written.
# layers: DEC
# rows: 47
# expect: error 38000
# control: skip because only the backend reads it

os.write(5, b"\x05\x00\x00\x00\x00\x01\x02\x03\x04")
tried()
