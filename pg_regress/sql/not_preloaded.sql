-- Creating works; calling says what to set.
SELECT extname FROM pg_extension WHERE extname = 'pg_launchpad';
SELECT * FROM execute_external_script('Python', 'pass') AS t(a int);
\echo :SQLSTATE
SELECT * FROM launchpad.satellites;
\echo :SQLSTATE
SELECT item, status, regexp_replace(found, '^/.*/', '/…/') AS found, advice FROM launchpad.check()
WHERE item <> 'server: version';
-- The settings are known.
LOAD 'pg_launchpad';
SHOW launchpad.enabled;
SET launchpad.nonsense = 1;
