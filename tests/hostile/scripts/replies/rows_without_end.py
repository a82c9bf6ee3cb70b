# Writes rows that are whole, and ends without saying how many.
# layers: DEC
# rows: 44, 47
# expect: error 38000
# control: skip because only the backend reads it

import pyarrow

table = pyarrow.table({"outcome": ["tried"], "detail": [""]})
with pyarrow.ipc.new_stream(os.fdopen(4, "wb", closefd=False), table.schema) as stream:
    stream.write_table(table)
os._exit(0)
