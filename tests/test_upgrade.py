"""From version 0.1.0 of the extension's SQL to the newest, with what a database has put on it."""

import os
from pathlib import Path
from subprocess import run

import psycopg
import pytest
from psycopg.types.json import Jsonb

from cluster import Cluster

ROUTINES = "'execute_external_script', 'sp_execute_external_script'"
SCRIPTS = {"Python": "OutputDataSet = [[1]]", "R": "OutputDataSet <- 1L"}
# An identifier that needs quotes of every kind.
ODD = '"o\'dd ""role"" $1"'


@pytest.fixture(scope="module")
def server():
    """A cluster without the extension, with some roles."""
    made = Cluster(extension=False)
    for role in ("chief", "analyst", "guest", "reader", "idle", ODD):
        made.execute(f"CREATE ROLE {role} LOGIN")
    yield made
    made.remove()


def one(language: str, schema: str = "") -> str:
    script = SCRIPTS[language]
    return f"SELECT * FROM {schema}execute_external_script('{language}', '{script}') AS t(a int)"


class Database:
    """A database of the cluster's, and sessions on it."""

    def __init__(self, server: Cluster, name: str):
        self.server, self.name = server, name
        server.execute(f"CREATE DATABASE {name}")

    def execute(self, query: str, **options) -> list[tuple]:
        return self.server.execute(query, dbname=self.name, **options)

    def run(self, script: str, **options):
        """Statements one by one, each in a transaction of its own."""
        for statement in filter(str.strip, script.split(";\n")):
            self.execute(statement, **options)

    def may_run(self, role: str, language: str, schema: str = "") -> bool:
        try:
            self.execute(one(language, schema), user=role.strip('"').replace('""', '"'))
        except psycopg.errors.InsufficientPrivilege:
            return False
        return True

    def rights(self) -> list[tuple]:
        return self.execute(
            f"""SELECT 'routine', proname, array_agg(acl::text ORDER BY acl::text)
              FROM pg_proc, unnest(proacl) AS acl WHERE proname IN ({ROUTINES}) GROUP BY 1, 2
            UNION ALL
            SELECT 'language', lanname, array_agg(acl::text ORDER BY acl::text)
              FROM pg_language, unnest(lanacl) AS acl WHERE lanname LIKE 'launchpad%' GROUP BY 1, 2
            ORDER BY 1, 2"""
        )

    def brought(self) -> list[tuple]:
        """What the catalogs have of the extension, without oids: the same in every database."""
        return self.execute(
            """WITH member AS (
                SELECT classid, objid, (pg_identify_object(classid, objid, 0)).identity AS name
                  FROM pg_depend JOIN pg_extension e ON refobjid = e.oid
                 WHERE refclassid = 'pg_extension'::regclass AND extname = 'pg_launchpad')
            SELECT name, 'rights at first', initprivs::text FROM member JOIN pg_init_privs i
                ON i.classoid = member.classid AND i.objoid = member.objid
            UNION ALL
            SELECT name, 'depends', count(*)::text || min(d.deptype) || max(d.deptype)
              FROM member JOIN pg_depend d USING (classid, objid) GROUP BY 1
            UNION ALL
            SELECT name, 'declared', pg_get_functiondef(objid) FROM member
             WHERE classid = 'pg_proc'::regclass
            UNION ALL
            SELECT extname, 'version', extversion FROM pg_extension WHERE extname = 'pg_launchpad'
            ORDER BY 1, 2, 3"""
        )


@pytest.fixture
def database(server):
    """Makes databases for this test alone."""
    made: list[Database] = []

    def make(name: str, version: str | None = None) -> Database:
        made.append(Database(server, name))
        if version:
            made[-1].execute(f"CREATE EXTENSION pg_launchpad VERSION '{version}'")
        return made[-1]

    yield make
    for each in made:
        server.execute(f"DROP DATABASE {each.name} WITH (FORCE)")


@pytest.fixture
def fresh(database) -> Database:
    made = database("fresh")
    made.execute("CREATE EXTENSION pg_launchpad")
    return made


OLD = """
GRANT EXECUTE ON FUNCTION execute_external_script TO analyst WITH GRANT OPTION;
GRANT EXECUTE ON PROCEDURE sp_execute_external_script TO {odd};
SET ROLE analyst; GRANT EXECUTE ON FUNCTION execute_external_script TO guest;
COMMENT ON FUNCTION execute_external_script IS 'ours';
ALTER PROCEDURE sp_execute_external_script OWNER TO chief;
ALTER FUNCTION execute_external_script SET launchpad.max_output = '2kB';
SELECT launchpad.create_pool('batch', max_memory_percent => 30);
CREATE VIEW scores AS SELECT * FROM execute_external_script(
    'Python', 'OutputDataSet = [[k]]', params => '{{"k": 3}}') AS t(a int);
CREATE VIEW all_given AS SELECT * FROM execute_external_script(
    'Python', 'OutputDataSet = InputDataSet', 'SELECT 5 AS x', NULL::jsonb,
    'InputDataSet', 'OutputDataSet', NULL, NULL, NULL, false) AS t(a int);
CREATE MATERIALIZED VIEW kept AS TABLE scores;
CREATE FUNCTION atomic() RETURNS SETOF int LANGUAGE sql BEGIN ATOMIC
    SELECT * FROM execute_external_script('R', 'OutputDataSet <- 4L') AS t(a int); END;
GRANT SELECT ON scores TO reader;
"""


def test_what_a_database_has_put_on_it_survives(database, fresh):
    old = database("old", "0.1.0")
    old.run(OLD.format(odd=ODD))
    comments = f"""SELECT oid, proowner, proconfig, obj_description(oid) FROM pg_proc
        WHERE proname IN ({ROUTINES}) ORDER BY 1"""
    kept = old.execute(comments)
    routines = [row for row in old.rights() if row[0] == "routine"]
    old.execute("ALTER EXTENSION pg_launchpad UPDATE")
    assert old.execute(comments) == kept
    rights = old.rights()
    assert rights[2:] == routines
    expected = [
        "analyst=U*/postgres",
        "chief=U/postgres",
        "guest=U/postgres",
        "postgres=U/postgres",
    ]
    for _, name, granted in rights[:2]:
        assert [acl for acl in granted if "dd" not in acl] == expected, name
        assert len(granted) == len(expected) + 1, name
    for view, answer in {"scores": 3, "all_given": 5, "kept": 3, "atomic()": 4}.items():
        assert old.execute(f"SELECT * FROM {view}") == [(answer,)], view
    old.execute("REFRESH MATERIALIZED VIEW kept")
    assert old.execute("SELECT name FROM launchpad.pool_definitions") == [("batch",)]
    for role in ("analyst", "guest"):
        assert old.may_run(role, "Python") and old.may_run(role, "R")
    for role in ("idle", ODD):
        assert not old.may_run(role, "Python")
    # What it brought is what CREATE EXTENSION brings, but for what was altered.
    old.execute("ALTER FUNCTION execute_external_script RESET ALL")
    assert old.brought() == fresh.brought()


def test_what_is_granted_can_be_revoked(server, database):
    old = database("revoked", "0.1.0")
    server.execute("CREATE ROLE leaver")
    old.execute("GRANT EXECUTE ON FUNCTION execute_external_script TO leaver")
    old.execute("ALTER EXTENSION pg_launchpad UPDATE")
    old.execute("REVOKE EXECUTE ON FUNCTION execute_external_script FROM leaver")
    old.execute("REVOKE USAGE ON LANGUAGE launchpad_python, launchpad_r FROM leaver")
    server.execute("DROP ROLE leaver")


def test_usage_that_was_revoked_is_not_given_back(database, fresh):
    """Who had no USAGE on a language before has none after."""
    old = database("revoked", "0.1.0")
    old.execute("GRANT EXECUTE ON FUNCTION execute_external_script TO analyst, guest")
    old.execute("REVOKE USAGE ON LANGUAGE launchpad_r FROM PUBLIC")
    old.execute("GRANT USAGE ON LANGUAGE launchpad_r TO guest")
    old.execute("ALTER EXTENSION pg_launchpad UPDATE")
    assert old.may_run("analyst", "Python") and old.may_run("guest", "Python")
    assert not old.may_run("analyst", "R") and old.may_run("guest", "R")
    assert old.brought() == fresh.brought()


def test_who_had_it_as_public_keeps_it(database, fresh):
    old = database("open", "0.1.0")
    old.execute("GRANT EXECUTE ON FUNCTION execute_external_script TO PUBLIC")
    old.execute("ALTER EXTENSION pg_launchpad UPDATE")
    assert old.may_run("idle", "Python") and old.may_run("idle", "R")
    assert old.brought() == fresh.brought()


def test_nobody_has_anything_at_first(server, fresh):
    fresh.execute("GRANT EXECUTE ON FUNCTION execute_external_script TO analyst")
    with pytest.raises(psycopg.errors.InsufficientPrivilege) as raised:
        fresh.execute(one("R"), user="analyst")
    assert raised.value.diag.message_hint.startswith("GRANT USAGE ON LANGUAGE launchpad_r TO ")
    fresh.execute("GRANT USAGE ON LANGUAGE launchpad_r TO analyst")
    assert fresh.may_run("analyst", "R") and not fresh.may_run("analyst", "Python")


def test_default_privileges_for_functions(database):
    """They are no decision about scripts; a role that ran scripts by them goes on."""
    new, old = database("new"), database("old")
    for each in (new, old):
        each.execute("ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO guest")
    new.execute("CREATE EXTENSION pg_launchpad")
    assert not new.may_run("guest", "Python") and not new.may_run("guest", "R")
    old.execute("CREATE EXTENSION pg_launchpad VERSION '0.1.0'")
    assert old.may_run("guest", "Python")
    old.execute("ALTER EXTENSION pg_launchpad UPDATE")
    assert old.may_run("guest", "Python") and old.may_run("guest", "R")


def test_all_in_one_transaction(database):
    old = database("old")
    with old.server.connect(dbname="old", autocommit=False) as session:
        session.execute("CREATE EXTENSION pg_launchpad VERSION '0.1.0'")
        session.execute("GRANT EXECUTE ON FUNCTION execute_external_script TO guest")
        session.execute("ALTER EXTENSION pg_launchpad UPDATE")
    assert old.may_run("guest", "Python") and not old.may_run("idle", "Python")


def test_a_routine_that_was_renamed(database):
    old = database("old", "0.1.0")
    old.execute("ALTER FUNCTION execute_external_script RENAME TO run_script")
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState) as raised:
        old.execute("ALTER EXTENSION pg_launchpad UPDATE")
    assert "name" in raised.value.diag.message_hint
    old.execute("ALTER FUNCTION run_script RENAME TO execute_external_script")
    old.execute("ALTER EXTENSION pg_launchpad UPDATE")


def dumped(server: Cluster, name: str, to: str, folder: Path, before: str = ""):
    """A dump of a database, read into another one."""
    address = ["--host", server.host, "--port", str(server.port), "--username", server.user]
    dump = folder / "dump.sql"
    run([server.program("pg_dump"), *address, "--file", dump, name], check=True)
    psql = [server.program("psql"), *address, "--quiet", "-X", "-v", "ON_ERROR_STOP=1"]
    run([*psql, "-c", before or "SELECT", "-f", dump, to], check=True, stdout=-3)


def test_a_dump_brings_rights_along(server, database, tmp_path):
    old = database("old", "0.1.0")
    old.run(OLD.format(odd=ODD))
    old.execute("ALTER EXTENSION pg_launchpad UPDATE")
    old.execute("REVOKE USAGE ON LANGUAGE launchpad_r FROM guest")
    restored = database("restored")
    dumped(server, "old", "restored", tmp_path)
    # pg_dump leaves the owners of what extensions bring to CREATE EXTENSION.
    assert restored.rights()[:2] == old.rights()[:2]
    assert restored.may_run("guest", "Python") and not restored.may_run("guest", "R")
    for view in ("scores", "all_given", "atomic()", "launchpad.pool_definitions"):
        assert restored.execute(f"SELECT * FROM {view}") == old.execute(f"SELECT * FROM {view}")
    # As from a database that never was another version's.
    assert restored.brought() == database_brought(database)
    again = database("again")
    dumped(server, "restored", "again", tmp_path)
    assert again.rights() == restored.rights()


def test_functions_that_tighten_limits_come_with_their_owners_dump(server, database, tmp_path):
    """And are asked again at each call; one that loosens takes who may loosen."""
    old, restored = database("old"), database("restored")
    for each in (old, restored):
        each.execute("CREATE EXTENSION pg_launchpad")
        each.execute("GRANT CREATE ON SCHEMA public TO chief")
    for name, limit in (("tight", "200MB"), ("loose", "2GB")):
        old.execute(
            f"CREATE FUNCTION {name}() RETURNS text LANGUAGE sql"
            f" SET launchpad.memory_limit = '{limit}'"
            " AS $$SELECT current_setting('launchpad.memory_limit')$$"
        )
        old.execute(f"ALTER FUNCTION {name}() OWNER TO chief")
    address = ["--host", server.host, "--port", str(server.port), "--username"]
    dump = tmp_path / "dump"
    run(
        [server.program("pg_dump"), *address, "chief", "-Fc", "-n", "public", "-f", dump, "old"],
        check=True,
    )
    os.chmod(dump, 0o644)

    def restore(who: str) -> str:
        command = [server.program("pg_restore"), *address, who, "-d", "restored", dump]
        return run(command, capture_output=True, text=True).stderr

    limit = "SET launchpad.memory_limit = '1GB'"
    restored.execute(f"ALTER ROLE chief {limit}")
    assert "permission denied to raise launchpad.memory_limit above 1GB" in restore("chief")
    assert restored.execute("SELECT tight()", user="chief") == [("200MB",)]
    with pytest.raises(psycopg.errors.UndefinedFunction):
        restored.execute("SELECT loose()", user="chief")
    restore("postgres")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        restored.execute("SELECT loose()", user="chief")
    restored.execute("ALTER ROLE chief RESET launchpad.memory_limit")


def database_brought(database) -> list[tuple]:
    made = database("fresh")
    made.execute("CREATE EXTENSION pg_launchpad")
    return made.brought()


def test_an_old_dump(server, database, tmp_path):
    """Its GRANTs name the routines as they were: the old version takes them, and is updated."""
    old = database("old", "0.1.0")
    old.execute("GRANT EXECUTE ON FUNCTION execute_external_script TO analyst")
    old.execute("GRANT EXECUTE ON PROCEDURE sp_execute_external_script TO analyst")
    restored = database("restored")
    dumped(server, "old", "restored", tmp_path, "CREATE EXTENSION pg_launchpad VERSION '0.1.0'")
    restored.execute("ALTER EXTENSION pg_launchpad UPDATE")
    assert restored.may_run("analyst", "Python") and restored.may_run("analyst", "R")


def test_the_library_serves_the_old_sql(database):
    """Until the update is run; sessions that began before it go on after it."""
    old = database("old", "0.1.0")
    old.execute("GRANT EXECUTE ON FUNCTION execute_external_script TO idle")
    assert old.may_run("idle", "Python") and old.may_run("idle", "R")
    with old.server.connect(dbname="old") as session:
        session.execute("PREPARE f AS " + one("Python"))
        session.execute(
            """CREATE FUNCTION calls() RETURNS jsonb LANGUAGE plpgsql AS $$
            DECLARE p jsonb := '{"k": 1}'; r refcursor;
            BEGIN
                CALL sp_execute_external_script('Python', 'k += 1', params => p, result => r);
                RETURN p;
            END $$"""
        )
        for updated in (False, True):
            for _ in range(7):  # past PL/pgSQL's and EXECUTE's choice of a generic plan
                assert session.execute("EXECUTE f").fetchall() == [(1,)]
                assert session.execute("SELECT calls()").fetchone() == ({"k": 2},)
            call = "CALL sp_execute_external_script('Python', 'k = 3', params => %s)"
            assert session.execute(call, [Jsonb({"k": None})]).fetchone()[0] == {"k": 3}
            if not updated:
                with pytest.raises(psycopg.errors.UndefinedFunction):
                    session.execute("CALL sp_execute_external_script('R', '', environment => 'x')")
                old.execute("ALTER EXTENSION pg_launchpad UPDATE")
        with pytest.raises(psycopg.errors.FeatureNotSupported):
            session.execute("CALL sp_execute_external_script('R', '', environment => 'x')")


HOSTILE = """
CREATE SCHEMA hostile;
CREATE FUNCTION hostile.catch() RETURNS bool LANGUAGE plpgsql AS $$ BEGIN RAISE 'caught'; END $$;
CREATE FUNCTION hostile.catch(oid, oid) RETURNS bool LANGUAGE sql AS 'SELECT hostile.catch()';
CREATE FUNCTION hostile.catch(name, name) RETURNS bool LANGUAGE sql AS 'SELECT hostile.catch()';
CREATE OPERATOR hostile.= (FUNCTION = hostile.catch, LEFTARG = oid, RIGHTARG = oid);
CREATE OPERATOR hostile.= (FUNCTION = hostile.catch, LEFTARG = name, RIGHTARG = name);
CREATE FUNCTION hostile.format(text, name) RETURNS text LANGUAGE sql
    AS 'SELECT hostile.catch()::text';
CREATE FUNCTION hostile.has_language_privilege(text, oid, text) RETURNS bool LANGUAGE sql
    AS 'SELECT hostile.catch()';
CREATE VIEW hostile.pg_proc AS SELECT 1;
CREATE VIEW hostile.pg_language AS SELECT 1;
CREATE TABLE hostile.pg_init_privs (a int);
"""


@pytest.mark.parametrize("schema", ["public", "elsewhere", '"Odd Schema"'])
def test_a_hostile_search_path(database, schema):
    old = database("hostile")
    old.run(HOSTILE)
    old.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    options = "-c search_path=hostile,pg_catalog"
    old.execute(f"CREATE EXTENSION pg_launchpad SCHEMA {schema} VERSION '0.1.0'", options=options)
    old.execute(f"GRANT USAGE ON SCHEMA {schema} TO PUBLIC")
    old.execute(f"GRANT EXECUTE ON FUNCTION {schema}.execute_external_script TO guest")
    # Others of the same names are not touched.
    old.execute(
        """CREATE FUNCTION hostile.execute_external_script(int) RETURNS int
        LANGUAGE sql AS 'SELECT 1'"""
    )
    old.execute("GRANT EXECUTE ON FUNCTION hostile.execute_external_script TO idle")
    old.execute("ALTER EXTENSION pg_launchpad UPDATE", options=options)
    assert old.may_run("guest", "Python", f"{schema}.")
    assert "idle" not in str(old.rights()[:2])
    assert old.execute("SELECT hostile.execute_external_script(1)") == [(1,)]


def test_the_script_is_not_for_psql(server, database):
    old = database("old", "0.1.0")
    share = Path(server.execute("SELECT setting FROM pg_config WHERE name = 'SHAREDIR'")[0][0])
    script = share / "extension" / "pg_launchpad--0.1.0--0.2.0.sql"
    before = old.brought()
    address = ["--host", server.host, "--port", str(server.port), "--username", server.user]
    done = run(
        [server.program("psql"), *address, "-X", "-f", script, "old"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "ALTER EXTENSION pg_launchpad UPDATE" in done.stdout
    assert old.brought() == before
