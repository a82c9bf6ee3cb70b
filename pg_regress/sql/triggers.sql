-- Transition tables: the input query of a call in a trigger function reads them as the function does.
\set SHOW_CONTEXT never
CREATE TABLE items(id int, price float8);
CREATE TABLE told(operation text, rows int, total float8);
CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $f$
BEGIN
  CASE TG_OP
  WHEN 'UPDATE' THEN
    -- Two of them, one twice
    INSERT INTO told SELECT TG_OP, * FROM execute_external_script('Python', $s$
OutputDataSet = [(len(InputDataSet), float((InputDataSet.new - InputDataSet.old).sum()))]
$s$, 'SELECT o.price AS old, n.price AS new FROM before AS o JOIN after AS n USING (id) JOIN after AS again USING (id)') AS t(rows int, total float8);
  ELSE
    -- In parts of the query, with parameters
    INSERT INTO told SELECT TG_OP, * FROM execute_external_script('R', $s$
OutputDataSet <- data.frame(nrow(InputDataSet), sum(InputDataSet$price))
$s$, 'WITH a AS (SELECT price FROM after) SELECT * FROM a WHERE EXISTS (SELECT FROM after AS x WHERE x.price >= @low)', '{"low": 2}') AS t(rows int, total float8);
  END CASE;
  RETURN NULL;
END $f$;
CREATE TRIGGER inserted AFTER INSERT ON items REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION tell();
CREATE TRIGGER updated AFTER UPDATE ON items REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION tell();
INSERT INTO items SELECT g, g FROM generate_series(1, 1000) AS g;
UPDATE items SET price = price + 1 WHERE id > 500;
INSERT INTO items VALUES (1001, 3);
INSERT INTO items VALUES (1002, 1);
-- One trigger's within another's, and by a role that may do nothing else
CREATE TABLE copies(id int);
CREATE FUNCTION copy_all() RETURNS trigger LANGUAGE plpgsql AS $f$
BEGIN
  INSERT INTO copies SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', format('SELECT %I FROM after', TG_ARGV[0])) AS t(id int);
  RETURN NULL;
END $f$;
CREATE TRIGGER copied AFTER INSERT ON told REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION copy_all('rows');
INSERT INTO items VALUES (2000, 5);
DROP TRIGGER copied ON told;
CREATE TRIGGER copied AFTER INSERT ON items REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION copy_all('id');
CREATE ROLE seller;
GRANT INSERT ON items TO seller;
GRANT ALL ON copies TO seller;
GRANT EXECUTE ON FUNCTION execute_external_script TO seller;
GRANT USAGE ON LANGUAGE launchpad_python TO seller;
SET ROLE seller;
INSERT INTO items VALUES (2001, 6), (2002, 7);
SELECT * FROM copies ORDER BY id;
SELECT count(*) FROM items;
RESET ROLE;
SELECT * FROM told;
-- What is no use of it for long: a call in the query that reads it as well, an error amid its rows, a script that
-- ends before them; then once more.
CREATE FUNCTION upset(n int) RETURNS int LANGUAGE plpgsql AS $f$
BEGIN
  IF n = 500 THEN RAISE EXCEPTION 'at %', n; END IF;
  RETURN n;
END $f$;
CREATE FUNCTION misuse() RETURNS trigger LANGUAGE plpgsql AS $f$
DECLARE script text; query text; rows int8;
BEGIN
  FOR script, query IN VALUES
    ('OutputDataSet = InputDataSet[:1]', $q$SELECT t.n FROM after AS a, LATERAL execute_external_script('Python',
        'OutputDataSet = [(len(InputDataSet),)]', 'SELECT b.id FROM after AS b, after AS c') AS t(n int8) WHERE a.id < 3$q$),
    ('OutputDataSet = InputDataSet[:1]', 'SELECT upset(id) FROM after'),
    ('import os; os._exit(3)', 'SELECT a.id FROM after AS a, after AS b'),
    ('OutputDataSet = InputDataSet', 'SELECT count(*) FROM after') LOOP
    BEGIN
      SELECT n INTO rows FROM execute_external_script('Python', script, query) AS t(n int8);
      RAISE NOTICE '%', rows;
    EXCEPTION WHEN raise_exception OR external_routine_exception THEN
      RAISE NOTICE '%', SQLERRM;
    END;
  END LOOP;
  RETURN NULL;
END $f$;
CREATE TRIGGER misused AFTER INSERT ON copies REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION misuse();
INSERT INTO copies SELECT generate_series(1, 1000);
DROP TRIGGER misused ON copies;
DROP FUNCTION misuse, upset;
-- Elsewhere there is no such relation, nor for the procedure: CALL has no query around it.
SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT id FROM after') AS t(id int);
CREATE FUNCTION call_it() RETURNS trigger LANGUAGE plpgsql AS $f$
DECLARE params jsonb; result refcursor;
BEGIN
  CALL sp_execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT id FROM after', params => params, result => result);
  RETURN NULL;
END $f$;
CREATE TRIGGER called AFTER INSERT ON copies REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION call_it();
INSERT INTO copies VALUES (1);
DROP TABLE items, told, copies;
DROP FUNCTION tell, copy_all, call_it;
REVOKE ALL ON FUNCTION execute_external_script FROM seller;
REVOKE ALL ON LANGUAGE launchpad_python FROM seller;
DROP ROLE seller;
