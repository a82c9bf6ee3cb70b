# Announces four gigabytes in the control channel.
# layers: DEC
# rows: 44
# expect: error 38000
# control: skip because only the backend reads it

os.write(5, b"\xff\xff\xff\xff" + bytes(1000))
os._exit(0)
