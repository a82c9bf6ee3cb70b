# Prints empty lines without end where nobody listens.
# layers: BK
# rows: 42
# expect: error 57014 script_timeout
# settings: launchpad.client_output=off, launchpad.script_timeout=500ms
# control: skip because the backend bounds it

while True:
    os.write(2, b"\n" * 60_000)
