# Prints empty lines without end where output goes to the server's log.
# layers: BK
# rows: 42
# expect: error 57014 script_timeout
# settings: launchpad.client_output=log, launchpad.max_output=10kB, launchpad.script_timeout=500ms
# control: skip because the backend bounds it

while True:
    os.write(1, b"\n" * 60_000)
