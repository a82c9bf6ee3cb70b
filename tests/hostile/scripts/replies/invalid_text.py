# Returns bytes that are no text, as text.
# layers: DEC, BK
# rows: 46
# expect: error 38000
# control: skip because only the backend reads it

import pyarrow

bad = pyarrow.StringArray.from_buffers(
    1, pyarrow.py_buffer(bytes([0, 0, 0, 0, 2, 0, 0, 0])), pyarrow.py_buffer(b"\xff\xfe")
)
OutputDataSet = pyarrow.table({"outcome": bad, "detail": pyarrow.array([""])})
