# Names its columns so that they would change a statement that is put together from them.
# layers: BK
# rows: 46
# expect: rows
# control: skip because only the backend reads it

name = 'a"; DROP ROLE neighbour; --'
OutputDataSet = pandas.DataFrame({name: ["tried"], "b'); SELECT 1/0; --": ["done"]})
