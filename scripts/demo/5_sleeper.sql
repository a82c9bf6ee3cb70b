-- Runs in a second session, for 6_watch.sql to see.
SELECT * FROM execute_external_script('Python', $$
import time
time.sleep(600)
$$) AS t(nothing integer);
