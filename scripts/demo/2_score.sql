-- The stored model scores the table; SQL takes it from there.
\echo
\echo '## Score: the model goes in as a parameter, its columns become the script''s variables'
\echo
CREATE TABLE scores AS
SELECT *
FROM execute_external_script('Python', $$
import pickle

x = InputDataSet.drop(columns="id")
OutputDataSet = pandas.DataFrame({
    "id": InputDataSet["id"],
    "predicted": pickle.loads(model).predict(x),
})
$$, 'SELECT id, age, sex, bmi, bp, tc, ldl, hdl, tch, ltg, glu FROM diabetes',
    params => (SELECT p FROM (SELECT model FROM models WHERE name = 'progression') p))
AS t(id integer, predicted float8);

\echo
\echo '## Joined back to what really happened'
\echo
SELECT d.id, d.age, d.bmi, d.progression AS actual, round(s.predicted::numeric, 1) AS predicted
FROM diabetes d JOIN scores s USING (id)
WHERE d.id % 5 = 0
ORDER BY d.id LIMIT 8;

\echo '## How good is it? SQL answers, on the rows that the model has and has not seen'
\echo
SELECT CASE WHEN id % 5 = 0 THEN 'kept back' ELSE 'trained on' END AS rows,
       count(*),
       round(regr_r2(d.progression, s.predicted)::numeric, 3) AS r2,
       round(avg(abs(d.progression - s.predicted))::numeric, 1) AS mean_error
FROM diabetes d JOIN scores s USING (id)
GROUP BY 1 ORDER BY 1;

SELECT (ARRAY['under 40', '40 to 59', '60 and over'])[1 + width_bucket(d.age, ARRAY[40, 60])] AS age,
       count(*),
       round(avg(d.progression), 1) AS actual,
       round(avg(s.predicted)::numeric, 1) AS predicted
FROM diabetes d JOIN scores s USING (id)
GROUP BY 1 ORDER BY min(d.age);
