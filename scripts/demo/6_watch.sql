-- What runs now, and how to end it.
\echo
\echo '## Another session runs a script that sleeps; the view shows it, and who waits for work'
\echo
SELECT * FROM launchpad.satellites ORDER BY request;

\echo '## It can be ended as any query can: the satellite goes with it'
\echo
SELECT pg_cancel_backend(pid) FROM launchpad.satellites WHERE pid IS NOT NULL;
