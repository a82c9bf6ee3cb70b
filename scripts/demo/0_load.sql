-- The demo's table; scripts/demo/start fills it.
\echo
\echo '## The extension, and a table of 442 patients'
\echo
CREATE EXTENSION pg_launchpad;

CREATE TABLE diabetes (
    id           integer PRIMARY KEY,
    age          integer,
    sex          smallint,
    bmi          float8,
    bp           float8,   -- mean arterial pressure
    tc           float8,   -- cholesterol, then what of it is LDL and HDL, and the ratio
    ldl          float8,
    hdl          float8,
    tch          float8,
    ltg          float8,   -- log of triglycerides
    glu          float8,   -- blood sugar
    progression  integer   -- of the disease, one year later: what the model is to predict
);

COPY diabetes FROM STDIN (FORMAT csv, HEADER);
