-- Who may run which language: EXECUTE on the function, and USAGE on the language.
\set SHOW_CONTEXT never
CREATE ROLE language_user;
-- Nobody may call …
SET ROLE language_user;
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(1)') AS t(a int);
\echo :SQLSTATE
CALL sp_execute_external_script('R', 'x <- 1');
\echo :SQLSTATE
RESET ROLE;
-- … until it is granted, and each language besides.
GRANT EXECUTE ON FUNCTION execute_external_script TO language_user;
GRANT EXECUTE ON PROCEDURE sp_execute_external_script TO language_user;
SET ROLE language_user;
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [[1]]') AS t(a int);
\echo :SQLSTATE
RESET ROLE;
GRANT USAGE ON LANGUAGE launchpad_python TO language_user;
-- The other one is not touched, nor is who has it by another role.
BEGIN;
SET LOCAL ROLE language_user;
SELECT * FROM execute_external_script('Python', 'OutputDataSet = [[1]]') AS t(a int);
SAVEPOINT denied;
SELECT * FROM execute_external_script('r', 'OutputDataSet <- data.frame(1)') AS t(a int);
\echo :SQLSTATE
ROLLBACK TO denied;
CALL sp_execute_external_script('R', 'x <- 1');
ROLLBACK TO denied;
RESET ROLE;
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(1)') AS t(a int);
CREATE ROLE statisticians;
GRANT USAGE ON LANGUAGE launchpad_r TO statisticians;
GRANT statisticians TO language_user;
SET LOCAL ROLE language_user;
SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(2)') AS t(a int);
-- The right is looked at before anything of the call is: a wrong query is not.
RESET ROLE;
REVOKE statisticians FROM language_user;
SET LOCAL ROLE language_user;
SELECT * FROM execute_external_script('R', 'x', 'no query') AS t(a int);
ROLLBACK;
-- Nothing can be written in these languages.
CREATE FUNCTION in_python() RETURNS int LANGUAGE launchpad_python AS 'return 1';
\echo :SQLSTATE
SET check_function_bodies = off;
CREATE FUNCTION in_r() RETURNS int LANGUAGE launchpad_r AS '1';
RESET check_function_bodies;
DO LANGUAGE launchpad_r '1';
-- Inside SECURITY DEFINER it is the owner's right.
CREATE FUNCTION one() RETURNS SETOF int LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
  SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(1)') AS t(a int)
$$;
GRANT CREATE ON SCHEMA public TO language_user;
SET ROLE language_user;
CREATE FUNCTION two() RETURNS SETOF int LANGUAGE sql SECURITY DEFINER SET search_path = public AS $$
  SELECT * FROM execute_external_script('R', 'OutputDataSet <- data.frame(2)') AS t(a int)
$$;
SELECT one();
RESET ROLE;
SELECT two();
DROP FUNCTION one(), two();
REVOKE CREATE ON SCHEMA public FROM language_user;
REVOKE ALL ON LANGUAGE launchpad_python FROM language_user;
REVOKE ALL ON FUNCTION execute_external_script FROM language_user;
REVOKE ALL ON PROCEDURE sp_execute_external_script FROM language_user;
DROP ROLE language_user;
