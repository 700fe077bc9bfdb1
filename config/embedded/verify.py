"""Says what is wrong with a database before the product starts on it.

The walls between organizations hold only for a role that cannot step over them, so a
role that is too strong is refused like a server that is too old. Each problem is one
sentence with the SQL that mends it; an administrator runs it in the named database.
"""

from typing import LiteralString, TypeAlias

import psycopg
from psycopg import sql

from config.embedded.roles import APP, ENGINE

Connection: TypeAlias = psycopg.Connection[tuple[object, ...]]

OLDEST_SERVER = 160000
OLDEST_PGVECTOR = (0, 8)
ROLE_FLAGS: dict[str, tuple[LiteralString, str]] = {
    "NOSUPERUSER": ("rolsuper", "is a superuser"),
    "NOBYPASSRLS": ("rolbypassrls", "bypasses row-level security"),
    "NOCREATEROLE": ("rolcreaterole", "may create and change roles"),
    "NOREPLICATION": ("rolreplication", "may copy the whole server by replication"),
}
# Tables of the product: everything that is neither the server's own nor temporary.
OUR_TABLES: LiteralString = """
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relpersistence <> 't'
      AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'
"""
OWNED_BY_ME: LiteralString = " AND pg_get_userbyid(c.relowner) = current_user"
CREATES_IN_PUBLIC: LiteralString = (
    "SELECT has_schema_privilege(oid, 'CREATE') FROM pg_namespace WHERE nspname = 'public'"
)
STRONG_ROLES = sql.SQL("""
    SELECT quote_ident(r.rolname), quote_ident(current_user) FROM pg_roles r
    WHERE r.rolname <> current_user AND pg_has_role(current_user, r.oid, 'MEMBER') AND (
        r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolname = %(engine)s
        OR r.rolname IN ('pg_write_all_data', 'pg_maintain', 'pg_write_server_files',
                         'pg_read_server_files', 'pg_execute_server_program')
        OR r.oid = (SELECT datdba FROM pg_database WHERE datname = current_database())
        OR EXISTS (SELECT 1 {our_tables} AND c.relowner = r.oid)
    ) ORDER BY 1
""").format(our_tables=sql.SQL(OUR_TABLES))


def runtime_problems(connection: Connection) -> list[str]:
    """Return what forbids to serve people through ``connection``; nothing is good.

    The role is the one that is in force on the connection. A superuser has every right, so
    that one is reported alone. So is a role that is plainly another one's: to weaken that
    would harm whoever it is for.
    """
    problems = server_problems(connection)
    if wrong := _wrong_role(connection):
        return [*problems, wrong]
    flags = _role_flags(connection)
    if any("SUPERUSER" in problem for problem in flags):
        return problems + flags[:1]
    return problems + flags + _memberships(connection) + _table_rights(connection)


def server_problems(connection: Connection) -> list[str]:
    """Return what the server and the database lack, whatever the role."""
    problems = _version_problems(connection.info.server_version)
    encoding = _value(connection, "SHOW server_encoding")
    if encoding != "UTF8":
        problems.append(
            f"The database is encoded in {encoding}; Magpie stores every script. Create it anew: "
            "CREATE DATABASE magpie OWNER magpie_owner TEMPLATE template0 ENCODING 'UTF8';"
        )
    return problems + _pgvector_problems(connection)


def _version_problems(version: int) -> list[str]:
    if version >= OLDEST_SERVER:
        return []
    message = (
        f"The server is PostgreSQL {version // 10000}; Magpie needs 16 or newer. Upgrade it, "
        "or unset DATABASE_URL to use the embedded one."
    )
    return [message]


def _pgvector_problems(connection: Connection) -> list[str]:
    query: LiteralString = "SELECT extversion FROM pg_extension WHERE extname = 'vector'"
    installed = _value(connection, query)
    if installed is None:
        message = (
            "The extension pgvector is missing. Install its package on the server "
            "(postgresql-<version>-pgvector), then as a superuser: CREATE EXTENSION vector;"
        )
        return [message]
    if tuple(int(part) for part in str(installed).split(".")[:2]) < OLDEST_PGVECTOR:
        message = (
            f"pgvector is {installed}; Magpie needs 0.8 or newer. Update its package, then as a "
            "superuser: ALTER EXTENSION vector UPDATE;"
        )
        return [message]
    return []


def _wrong_role(connection: Connection) -> str:
    """Return that a superuser or the owner serves people, unless that is the runtime role."""
    role = _value(connection, "SELECT current_user")
    if role == APP:
        return ""
    owns = "SELECT 1 FROM pg_database WHERE datname = current_database()"
    if _value(connection, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
        meaning = "is a superuser"
    elif _value(connection, owns + " AND pg_get_userbyid(datdba) = current_user"):
        meaning = "owns the database"
    elif _value(connection, "SELECT 1" + OUR_TABLES + OWNED_BY_ME + " LIMIT 1"):
        meaning = "owns the tables"
    else:
        return ""
    return (
        f"DATABASE_URL signs in as {_identifier(connection, role)}, which {meaning}. Point "
        "DATABASE_URL at magpie_app and DATABASE_OWNER_URL at magpie_owner; see "
        "docs/operations/database.md."
    )


def _role_flags(connection: Connection) -> list[str]:
    role = _identifier(connection, _value(connection, "SELECT current_user"))
    columns = sql.SQL(", ").join(sql.SQL(column) for column, _ in ROLE_FLAGS.values())
    row = connection.execute(
        sql.SQL("SELECT {} FROM pg_roles WHERE rolname = current_user").format(columns)
    ).fetchone()
    return [
        f"The runtime role {role} {meaning}. Take that away: ALTER ROLE {role} {mend};"
        for (mend, (_, meaning)), is_set in zip(ROLE_FLAGS.items(), row or (), strict=True)
        if is_set
    ]


def _memberships(connection: Connection) -> list[str]:
    """Return the strong roles whose rights the role has or can take with SET ROLE."""
    rows = connection.execute(STRONG_ROLES, {"engine": ENGINE}).fetchall()
    return [
        f"The runtime role {role} is a member of {strong}, which is too strong for it. "
        f"End that: REVOKE {strong} FROM {role};"
        for strong, role in rows
    ]


def _table_rights(connection: Connection) -> list[str]:
    problems = []
    role = _identifier(connection, _value(connection, "SELECT current_user"))
    if owned := _value(connection, "SELECT min(c.oid::regclass::text)" + OUR_TABLES + OWNED_BY_ME):
        problems.append(
            f"The runtime role {role} owns tables ({owned}), and an owner can switch row-level "
            f"security off. Give them away: REASSIGN OWNED BY {role} TO magpie_owner;"
        )
    database = "SELECT quote_ident(datname) FROM pg_database WHERE datname = current_database()"
    if owned := _value(connection, database + " AND pg_get_userbyid(datdba) = current_user"):
        problems.append(
            f"The runtime role {role} owns the database. Give it away: "
            f"ALTER DATABASE {owned} OWNER TO magpie_owner;"
        )
    emptied: LiteralString = """
        AND c.relkind IN ('r', 'p', 'f') AND has_table_privilege(c.oid, 'TRUNCATE')
        AND pg_get_userbyid(c.relowner) <> current_user
    """
    if _value(connection, "SELECT min(c.oid::regclass::text)" + OUR_TABLES + emptied):
        problems.append(
            f"The runtime role {role} may TRUNCATE tables, which no policy limits. Take that "
            f"away: REVOKE TRUNCATE ON ALL TABLES IN SCHEMA public FROM {role}, PUBLIC;"
        )
    if _value(connection, CREATES_IN_PUBLIC):
        problems.append(
            f"The runtime role {role} may create objects in the schema public. Take that away: "
            f"REVOKE CREATE ON SCHEMA public FROM {role}, PUBLIC;"
        )
    return problems


def _value(connection: Connection, query: LiteralString) -> object:
    row = connection.execute(query).fetchone()
    return row[0] if row else None


def _identifier(connection: Connection, name: object) -> str:
    return sql.Identifier(str(name)).as_string(connection)
