"""The shortest way through everything: rows in, Python, rows out, twice in one session."""


def test_rows_go_through_python(connection):
    for factor in (2, 3):
        rows = connection.execute(
            "SELECT * FROM execute_external_script('Python', $$\n"
            "OutputDataSet = InputDataSet.assign(y=InputDataSet.x * k)\n"
            "$$, 'SELECT generate_series(1, 3) AS x', "
            f"(SELECT p FROM (SELECT {factor} AS k) p)) AS t(x int, y int)"
        ).fetchall()
        assert rows == [(1, factor), (2, 2 * factor), (3, 3 * factor)]
