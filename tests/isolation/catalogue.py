"""Asks PostgreSQL's catalogue whether every table is walled off; returns what is not.

The catalogue, not the models: what counts is what the database enforces.
"""

from collections.abc import Iterator
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from tests.isolation.platform import (
    ENGINE_COLUMNS,
    ENGINE_FUNCTIONS,
    ENGINE_TABLES,
    PLATFORM_TABLES,
    PLATFORM_WIDE_KEYS,
)

IN_SCOPE = "(org_id = (current_setting('app.org'::text))::uuid)"
ROOT = "tenants_organization"

# Its name, what it is for, which rows it shows, and which it lets be written.
Policy = tuple[str, str, str | None, str | None]

# Two tables also show a person what they belong to, before and while they choose.
OWN_ROWS = (
    "CASE WHEN (COALESCE(current_setting('app.org'::text, true), ''::text) <> ''::text) "
    "THEN (({column} = (current_setting('app.org'::text))::uuid) OR {mine}) "
    "WHEN (COALESCE(current_setting('app.user'::text, true), ''::text) <> ''::text) THEN {mine} "
    "ELSE ({column} = (current_setting('app.org'::text))::uuid) END"
)
MINE = "({row}user_id = (NULLIF(current_setting('app.user'::text, true), ''::text))::uuid)"
MY_ORG = f"(id IN ( SELECT m.org_id FROM tenants_membership m WHERE {MINE.format(row='m.')}))"


def policies_of_own_rows(key: str, mine: str) -> set[Policy]:
    """Return what a table has whose rows a person may see, but not change, by being theirs."""
    in_scope = f"({key} = (current_setting('app.org'::text))::uuid)"
    return {
        ("seen", "SELECT", OWN_ROWS.format(column=key, mine=mine), None),
        ("added", "INSERT", None, in_scope),
        ("changed", "UPDATE", in_scope, in_scope),
        ("removed", "DELETE", in_scope, None),
    }


POLICIES_OF_ALL = {("in_scope", "ALL", IN_SCOPE, IN_SCOPE)}
POLICIES_OF = {
    ROOT: policies_of_own_rows("id", MY_ORG),
    "tenants_membership": policies_of_own_rows("org_id", MINE.format(row="")),
}
RUNTIME_RIGHTS = {"SELECT", "INSERT", "UPDATE", "DELETE"}

TABLES = """
SELECT n.nspname, c.relname, c.relkind::text, c.relrowsecurity, c.relforcerowsecurity,
       pg_get_userbyid(c.relowner)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
   AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
   AND n.nspname NOT LIKE 'pg_temp%'
"""
POLICIES = """
SELECT tablename, policyname, permissive, roles::text[], cmd, qual, with_check
  FROM pg_policies WHERE schemaname = 'public'
"""
COLUMNS = """
SELECT c.relname, format_type(a.atttypid, a.atttypmod), a.attnotnull
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND a.attname = 'org_id'
   AND NOT a.attisdropped
"""
FOREIGN_KEYS = """
SELECT c.conname, c.conrelid::regclass::text, c.confrelid::regclass::text, c.convalidated,
       (SELECT array_agg(a.attname::text ORDER BY k.place)
          FROM unnest(c.conkey) WITH ORDINALITY k(attnum, place)
          JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum),
       (SELECT array_agg(a.attname::text ORDER BY k.place)
          FROM unnest(c.confkey) WITH ORDINALITY k(attnum, place)
          JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.attnum)
  FROM pg_constraint c
 WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace
"""
INDEXES = """
SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text, i.indisunique, i.indisprimary,
       i.indpred IS NOT NULL,
       (SELECT array_agg(coalesce(a.attname::text, '') ORDER BY k.place)
          FROM unnest(i.indkey) WITH ORDINALITY k(attnum, place)
          LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
                                   AND k.attnum > 0)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
 WHERE c.relnamespace = 'public'::regnamespace
"""
GRANTS = """
SELECT c.relname, CASE WHEN x.grantee = 0 THEN 'public' ELSE pg_get_userbyid(x.grantee) END,
       x.privilege_type
  FROM pg_class c, aclexplode(c.relacl) x
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v')
"""
COLUMN_GRANTS = """
SELECT c.relname, a.attname,
       CASE WHEN x.grantee = 0 THEN 'public' ELSE pg_get_userbyid(x.grantee) END, x.privilege_type
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid, aclexplode(a.attacl) x
 WHERE c.relnamespace = 'public'::regnamespace
"""
FUNCTIONS = """
SELECT p.proname, p.prosecdef, pg_get_userbyid(p.proowner), p.proconfig,
       has_function_privilege('public', p.oid, 'EXECUTE')
  FROM pg_proc p
  LEFT JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e'
 WHERE p.pronamespace = 'public'::regnamespace AND d.objid IS NULL
"""
LIFTED = """
SELECT rolname FROM pg_roles
 WHERE rolname IN ('magpie_app', 'magpie_owner', 'magpie_engine')
   AND (rolsuper OR rolbypassrls OR rolcreaterole)
"""


class Catalogue:
    """What the database says of itself, read once."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection
        self.tables = self._read(TABLES)
        self.walled = {
            table
            for schema, table, kind, *_ in self.tables
            if kind in "rp" and schema == "public" and table not in PLATFORM_TABLES
        }

    def findings(self) -> Iterator[str]:
        """Yield one line for each hole in the walls; none, if all is well."""
        checks = (
            self._tables,
            self._policies,
            self._columns,
            self._foreign_keys,
            self._indexes,
            self._grants,
            self._functions,
            self._roles,
        )
        for check in checks:
            yield from check()

    def _read(self, query: str) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(query)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    def _tables(self) -> Iterator[str]:
        for schema, table, kind, is_enabled, is_forced, owner in self.tables:
            if schema != "public":
                yield f"{schema}.{table}: outside the schema that is watched"
            if kind not in "rp":
                yield f"{table}: a view or foreign table shows rows past the policies"
            if owner != "magpie_owner":
                yield f"{table}: owned by {owner}"
            if table in self.walled and not (is_enabled and is_forced):
                yield f"{table}: row-level security is not both enabled and forced"

    def _policies(self) -> Iterator[str]:
        found: dict[str, set[Policy]] = {table: set() for table in self.walled}
        for table, name, permissive, roles, command, using, check in self._read(POLICIES):
            if table not in self.walled:
                yield f"{table}: policy {name} on a table of the platform"
                continue
            if set(roles) == {"magpie_engine"}:
                if table not in ENGINE_TABLES | ENGINE_COLUMNS:
                    yield f"{table}: the engine may not see it"
                continue
            if permissive != "PERMISSIVE" or set(roles) != {"magpie_app", "magpie_owner"}:
                yield f"{table}: policy {name} is {permissive} for {roles}"
            found[table].add((name, command, using and " ".join(using.split()), check))
        for table, policies in found.items():
            wanted = POLICIES_OF.get(table, POLICIES_OF_ALL)
            yield from (f"{table}: lacks policy {policy}" for policy in wanted - policies)
            yield from (f"{table}: has policy {policy}" for policy in policies - wanted)

    def _columns(self) -> Iterator[str]:
        columns = {table: (kind, not_null) for table, kind, not_null in self._read(COLUMNS)}
        for table in self.walled - {ROOT}:
            if columns.get(table) != ("uuid", True):
                yield f"{table}: no org_id that is a uuid and never null"
        for table in set(columns) - self.walled:
            yield f"{table}: has an org_id, but is listed as a table of the platform"

    def _foreign_keys(self) -> Iterator[str]:
        to_root = set()
        for name, table, target, is_valid, columns, targets in self._read(FOREIGN_KEYS):
            if target not in self.walled:
                continue
            if not is_valid:
                yield f"{table}: key {name} was never validated"
            if table not in self.walled:
                yield f"{table}: key {name} points from the platform into an organization"
            elif target == ROOT:
                if (columns, targets) == (["org_id"], ["id"]):
                    to_root.add(table)
                else:
                    yield f"{table}: key {name} points at an organization by {columns}"
            elif (columns[0], targets[0], len(columns)) != ("org_id", "org_id", 2):
                yield f"{table}: key {name} can point into another organization"
        yield from (
            f"{table}: no key to its organization" for table in self.walled - to_root - {ROOT}
        )

    def _indexes(self) -> Iterator[str]:
        led_by_org = set()
        for table, name, is_unique, is_primary, is_partial, columns in self._read(INDEXES):
            if table not in self.walled:
                continue
            if columns[0] == "org_id" and not is_partial:
                led_by_org.add(table)
            is_listed = len(columns) == 1 and (table, columns[0]) in PLATFORM_WIDE_KEYS
            if is_unique and not is_primary and "org_id" not in columns and not is_listed:
                yield f"{table}: {name} is unique across organizations"
        yield from (
            f"{table}: no index begins with org_id" for table in self.walled - led_by_org - {ROOT}
        )

    def _grants(self) -> Iterator[str]:
        for table, role, right in self._read(GRANTS):
            allowed = {
                "magpie_owner": {right},
                "magpie_app": RUNTIME_RIGHTS,
                "magpie_engine": ENGINE_TABLES.get(table, set()),
            }.get(role, set())
            if right not in allowed:
                yield f"{table}: {role} may {right}"
        for table, column, role, right in self._read(COLUMN_GRANTS):
            if (role, right) != ("magpie_engine", "SELECT") or (
                column not in ENGINE_COLUMNS.get(table, set())
            ):
                yield f"{table}.{column}: {role} may {right}"

    def _functions(self) -> Iterator[str]:
        definers = set()
        for name, is_definer, owner, settings, is_public in self._read(FUNCTIONS):
            if not is_definer:
                continue
            definers.add(name)
            if name not in ENGINE_FUNCTIONS:
                yield f"{name}(): SECURITY DEFINER, and not on the list"
            if owner != "magpie_engine":
                yield f"{name}(): owned by {owner}"
            if settings != ["search_path=public, pg_temp"]:
                yield f"{name}(): its search_path is not fixed"
            if is_public:
                yield f"{name}(): everybody may call it"
        yield from (f"{name}(): missing" for name in ENGINE_FUNCTIONS - definers)

    def _roles(self) -> Iterator[str]:
        for (role,) in self._read(LIFTED):
            yield f"{role}: can lift the walls"
