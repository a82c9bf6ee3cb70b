-- What the installation has, one row a thing. What the host has differs from host to host.
\set SHOW_CONTEXT never
SELECT item, status, regexp_replace(found, '^/.*/', '/…/') AS found, advice FROM launchpad.check() WHERE item LIKE 'server: %' AND item <> 'server: version';
SELECT status, found ~ '^PostgreSQL [0-9.]+.*; pg_launchpad [0-9.]+, from [a-z ]+, build [0-9.]+-[0-9a-f]+$' AS found, advice
FROM launchpad.check() WHERE item = 'server: version';
SELECT item FROM launchpad.check() WHERE item LIKE 'host: %';
SELECT item, status FROM launchpad.check() WHERE item LIKE '%: environment';
-- Nothing that every script needs is missing here, and what is missing comes with advice. Without a cgroup
-- limits are only measured.
SELECT * FROM launchpad.check()
WHERE status NOT IN ('ok', 'missing') AND item NOT LIKE 'limits: %' OR status <> 'ok' AND advice = '';
SELECT * FROM launchpad.check() WHERE item IS NULL OR status IS NULL OR found = '' OR advice IS NULL;
-- A switch that is off is no error here.
SET launchpad.enabled = off;
SELECT * FROM launchpad.check() WHERE item = 'server: launchpad.enabled';
RESET launchpad.enabled;
-- For those who monitor.
CREATE ROLE curious;
SET ROLE curious;
SELECT count(*) FROM launchpad.check();
RESET ROLE;
GRANT pg_monitor TO curious;
SET ROLE curious;
SELECT count(*) > 8 AS many FROM launchpad.check();
RESET ROLE;
DROP ROLE curious;
