# Keeps writing errors when the call has ended for it.
# layers: BK, NS
# rows: 42, 41
# expect: rows
# expect container: error 38000 PermissionError
# control: skip because only the backend reads it

if os.fork() == 0:
    while True:
        os.write(2, b"still here\n" * 100)
tried()
