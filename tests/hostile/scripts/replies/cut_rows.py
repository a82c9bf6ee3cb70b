# Ends in the middle of the rows.
# layers: DEC
# rows: 44
# expect: error 38000
# control: skip because only the backend reads it

import pyarrow

table = pyarrow.table({"outcome": ["x"] * 1000, "detail": ["y"] * 1000})
sink = pyarrow.BufferOutputStream()
with pyarrow.ipc.new_stream(sink, table.schema) as stream:
    stream.write_table(table)
os.write(4, sink.getvalue().to_pybytes()[:5000])
os._exit(0)
