-- What a script prints, and what happens when it fails.
\echo
\echo '## What a script prints arrives as NOTICE, while it runs; JSON works as parameters too'
\echo
SELECT *
FROM execute_external_script('Python', $$
print(f"{len(InputDataSet)} rows came in, k is {k}")
OutputDataSet = InputDataSet.assign(bmi=InputDataSet["bmi"] * k)
$$, 'SELECT id, bmi FROM diabetes WHERE id <= 3', '{"k": 2}')
AS t(id integer, twice_bmi float8);

\echo '## A script that fails is an ordinary SQL error, with the traceback in its DETAIL'
\echo
\set ON_ERROR_STOP off
SELECT *
FROM execute_external_script('Python', $$
def check(column, most):
    if column.max() > most:
        raise ValueError(f"{column.name} goes up to {column.max()}, more than {most}")

check(InputDataSet["bmi"], most=60)
check(InputDataSet["bp"], most=100)
$$, 'SELECT bmi, bp FROM diabetes')
AS t(nothing integer);
\set ON_ERROR_STOP on

\echo
\echo '## The session goes on'
\echo
SELECT count(*) FROM diabetes;
