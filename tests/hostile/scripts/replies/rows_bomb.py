# Claims more rows than it has bytes for.
# layers: DEC
# rows: 45
# expect: error 38000
# control: skip because only the backend reads it

import pyarrow

# A column of nulls costs nothing, however long it is.
table = pyarrow.table(
    {"outcome": pyarrow.nulls(2_000_000_000), "detail": pyarrow.nulls(2_000_000_000)}
)
with pyarrow.ipc.new_stream(os.fdopen(4, "wb", closefd=False), table.schema) as stream:
    stream.write_table(table)
os._exit(0)
