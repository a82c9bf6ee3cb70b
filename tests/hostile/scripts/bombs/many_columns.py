# Returns more columns than were asked for, by far.
# layers: BK, DEC
# rows: 45
# expect: error 42804
# control: skip because the backend refuses it

OutputDataSet = pandas.DataFrame({f"c{n}": [1] for n in range(3000)})
