# Runs beyond the session's own time.
# layers: BK
# rows: 40
# expect: error 57014 statement timeout
# settings: statement_timeout=300ms
# control: skip because only the backend ends it

while True:
    pass
