# Returns a row now and then, without end.
# layers: BK
# rows: 45
# expect: error 57014 script_timeout
# settings: launchpad.script_timeout=500ms
# control: skip because only the backend ends it

import time

import pyarrow

table = pyarrow.table({"outcome": ["x"], "detail": [""]})
# The output is the launcher's descriptor of that number.
with pyarrow.ipc.new_stream(os.fdopen(4, "wb", buffering=0, closefd=False), table.schema) as stream:
    while True:
        stream.write_table(table)
        time.sleep(0.02)
