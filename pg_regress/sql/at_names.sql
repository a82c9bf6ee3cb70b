-- A T-SQL query pasted as it is: @name is the parameter params.name.
\set SHOW_CONTEXT never
CREATE TABLE sales AS SELECT g AS id, 'store ' || g % 3 AS store, g - 3 AS amount, ARRAY[g] AS parts FROM generate_series(1, 6) g;
CREATE FUNCTION pasted(query text, params jsonb DEFAULT NULL) RETURNS SETOF text LANGUAGE sql AS $f$
  SELECT * FROM execute_external_script('Python', $s$
OutputDataSet = pandas.DataFrame({"row": [str(tuple(row)) for row in InputDataSet.itertuples(index=False)]})
$s$, query, params) AS t(line text)
$f$;
-- Whatever columns exist
SELECT pasted('SELECT id FROM sales WHERE store = @store', '{"store": "store 1"}');
SELECT pasted('SELECT id FROM sales WHERE store=@store', '{"store": "store 1"}');
SELECT pasted('SELECT id FROM sales WHERE id>=@low AND id<>@other AND amount<=@high', '{"low": 2, "other": 3, "high": 2}');
SELECT pasted('SELECT @id, -@id AS minus, 1+@id AS plus, 2*@id AS times, (@id) AS alone, id FROM sales WHERE id =@id', '{"id": 2}');
SELECT pasted('SELECT store||@sep||id AS a FROM sales WHERE id IN (@a,@b) ORDER BY id LIMIT @a', '{"sep": "/", "a": 1, "b": 2}');
SELECT pasted('SELECT id FROM sales WHERE parts@>ARRAY[@p]::int[] AND to_jsonb(parts)@>@q', '{"p": 1, "q": [1]}');
SELECT pasted('SELECT id FROM sales WHERE id BETWEEN @low AND @high AND store LIKE @like', '{"low": 1, "high": 4, "like": "%1"}');
SELECT pasted('SELECT count(*) FROM sales WHERE store = @n', '{"n": null}');
SELECT pasted('WITH s AS (SELECT * FROM sales WHERE id > @k) SELECT id % @m AS r, count(*) FROM s GROUP BY id % @m HAVING count(*) >=@z ORDER BY 1', '{"k": 2, "m": 2, "z": 0}');
-- Reserved words, any case, letters that are not ASCII, digits
SELECT pasted('SELECT @limit AS a, @user AS b, @From1 AS c', '{"limit": 1, "user": "u", "From1": 2}');
SELECT pasted('SELECT @minAge AS a, @MINAGE AS b, @minage AS c', '{"minAge": 18}');
SELECT pasted('SELECT @k AS exact, @K AS other', '{"k": 1, "K": 2}');
SELECT pasted('SELECT @kk AS k', '{"Kk": 1, "kK": 2}');
SELECT pasted('SELECT @größe AS a, @GRÖSSE2 AS b', '{"größe": 1, "grösse2": 2}');
SELECT pasted('SELECT (@o)->>''k'' AS k, @x::int + 1 AS x', '{"o": {"k": "v"}, "x": "1"}');
-- The absolute value: with a blank, or no parameter's name
SELECT pasted('SELECT @ amount AS a, @amount2 AS b FROM (SELECT amount, amount AS amount2 FROM sales) s WHERE amount < 0', '{"amount": 7}');
SELECT pasted('SELECT @amount AS a FROM sales WHERE id = 1');
SELECT pasted('SELECT @(-5) AS a, @ -5 AS b, @"amount" AS c FROM sales WHERE id = 1', '{"amount": 7}');
-- In strings, quoted names and comments nothing happens
SELECT pasted('SELECT ''@x'' AS a, E''\''@x'' AS b, $$@x$$ AS c, $q$ = @x $q$ AS d, U&''\0040x'' AS e, "@x", /* =@x /* @x */ */ 1 -- @x
  FROM (SELECT 1 AS "@x") s', '{"x": 1}');
SELECT pasted('SELECT B''1'' AS b, N''@x'' AS n, X''1F'' AS x', '{"x": 1, "n": 2, "b": 3}');
SET standard_conforming_strings = off;
SET escape_string_warning = off;
SELECT pasted(E'SELECT ''\\''@x'' AS a, @x AS b', '{"x": 1}');
RESET standard_conforming_strings;
RESET escape_string_warning;
-- What PostgreSQL has as an operator
SELECT pasted('SELECT id FROM sales WHERE parts <@parts', '{"parts": 1}');
SELECT pasted('SELECT @@x AS x', '{"x": 1}');
SELECT pasted('SELECT id FROM sales WHERE parts <@ parts AND parts <@sales.parts', '{"parts": 1}');
CREATE OPERATOR =@ (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq);
SELECT pasted('SELECT id FROM sales WHERE id =@id', '{"id": 1}');
DROP OPERATOR =@ (int, int);
SELECT pasted('SELECT id FROM sales WHERE id =@id', '{"id": 1}');
-- Where the blank before it is missing
SELECT pasted('SELECT@x', '{"x": 1}');
SELECT pasted('SELECT id FROM sales WHERE id@x', '{"x": 1}');
SELECT pasted('SELECT id @x FROM sales', '{"x": 1}');
-- Positions, and the text that errors show, are those of what was written
SELECT pasted('SELECT ''ä'' AS a, @store + 1 AS b, nowhere FROM sales WHERE amount =@a', '{"store": "x", "a": 1}');
SELECT pasted('SELECT @a AS a, nowhere FROM sales', '{"a": 1}');
DO $$ DECLARE query text; context text; BEGIN
  FOREACH query IN ARRAY ARRAY['SELECT @a AS a, 1 / 0 AS b', 'SELECT 1 / (@a - id) AS b FROM sales'] LOOP
    BEGIN
      PERFORM pasted(query, '{"a": 1}');
    EXCEPTION WHEN division_by_zero THEN
      GET STACKED DIAGNOSTICS context = PG_EXCEPTION_CONTEXT;
      RAISE NOTICE '%', split_part(context, E'\n', 1);
    END;
  END LOOP;
END $$;
SELECT pasted('SELECT @a AS a, ''open', '{"a": 1}');
SELECT pasted('SELECT ''ä'' AS a FROM sales WHERE id id = @a', '{"a": 1}');
SELECT pasted('SELECT ''ä'' AS b, id AS @a FROM sales', '{"a": 1}');
SELECT pasted('SELECT @a @b FROM sales', '{"a": 1, "b": 2}');
SELECT pasted('SELECT @a AS ' || repeat('x', 70) || ', 1 AS b', '{"a": 1}');
SELECT pasted('SELECT @a AS a, $1 AS b', '{"a": 1}');
SELECT pasted('SELECT @a AS a FROM sales FOR UPDATE', '{"a": 1}');
SELECT pasted('SELECT @a AS a; SELECT @a', '{"a": 1}');
-- From a row value, and in the procedure
SELECT * FROM execute_external_script('Python', 'OutputDataSet = InputDataSet', 'SELECT id FROM sales WHERE id = ANY (@ids) AND @day < ''2025-01-01''',
  (SELECT p FROM (SELECT ARRAY[3,5] AS ids, date '2024-02-29' AS day) AS p)) AS t(id int);
BEGIN;
CALL sp_execute_external_script(language => 'R', script => 'OutputDataSet <- InputDataSet', input_data_1 => 'SELECT id FROM sales WHERE id =@id',
  params => '{"id": 4}', result => 'c');
FETCH ALL FROM c;
COMMIT;
DROP FUNCTION pasted;
DROP TABLE sales;
