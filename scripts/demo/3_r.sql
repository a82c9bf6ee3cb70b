-- The same in R: data that comes with R, a model, its predictions.
\echo
\echo '## R beside Python: a script without input fills a table with the cars that come with R'
\echo
CREATE TABLE cars AS
SELECT *
FROM execute_external_script('R', $$
OutputDataSet <- data.frame(car = rownames(mtcars), mtcars[c("mpg", "hp", "wt")], mtcars$am == 1)
$$) AS t(car text, mpg float8, hp integer, wt float8, manual boolean);

SELECT * FROM cars ORDER BY car LIMIT 3;

\echo '## Train: does a car shift by hand? One column of raw bytes is one value, the model'
\echo
INSERT INTO models (name, model)
SELECT 'manual', *
FROM execute_external_script('R', $$
fit <- glm(manual ~ hp + wt, family = binomial, data = InputDataSet)
print(coef(fit))
OutputDataSet <- data.frame(model = serialize(fit, NULL))
$$, 'SELECT hp, wt, manual FROM cars')
AS t(model bytea);

\echo
\echo '## Score: the model comes back as a parameter'
\echo
SELECT car, manual, round(predicted::numeric, 3) AS predicted
FROM execute_external_script('R', $$
fit <- unserialize(model)
InputDataSet$predicted <- predict(fit, InputDataSet, type = "response")
OutputDataSet <- InputDataSet[c("car", "manual", "predicted")]
$$, 'SELECT car, hp, wt, manual FROM cars',
    params => (SELECT p FROM (SELECT model FROM models WHERE name = 'manual') p))
AS t(car text, manual boolean, predicted float8)
ORDER BY predicted DESC LIMIT 5;
