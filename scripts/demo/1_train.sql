-- A model is trained next to the rows and stays in the database, as bytea.
\echo
\echo '## The rows'
\echo
SELECT id, age, sex, bmi, bp, ltg, glu, progression FROM diabetes ORDER BY id LIMIT 5;

\echo '## Train: the query gives the rows, the script makes the model, a table keeps it'
\echo '## (one row in five is kept back, to judge the model by)'
\echo
CREATE TABLE models (
    name   text PRIMARY KEY,
    model  bytea NOT NULL,
    r2     float8
);

INSERT INTO models
SELECT 'progression', *
FROM execute_external_script('Python', $$
import pickle
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

x = InputDataSet.drop(columns="progression")
y = InputDataSet["progression"]
model = make_pipeline(StandardScaler(), Ridge()).fit(x, y)

OutputDataSet = pandas.DataFrame({"model": [pickle.dumps(model)], "r2": [model.score(x, y)]})
$$, 'SELECT age, sex, bmi, bp, tc, ldl, hdl, tch, ltg, glu, progression
     FROM diabetes WHERE id % 5 <> 0')
AS t(model bytea, r2 float8);

SELECT name, length(model) AS bytes, round(r2::numeric, 3) AS r2 FROM models;
