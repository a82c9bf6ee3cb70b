# Prints byte by byte, without a newline and without end.
# layers: BK
# rows: 42
# expect: error 57014 script_timeout
# settings: launchpad.script_timeout=500ms
# control: skip because the backend bounds it

while True:
    os.write(1, b"x")
