"""Every table of the database is walled off, and the audit that says so can be trusted."""

from collections.abc import Iterable, Iterator

import pytest
from django.apps import apps
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from tenants.managers import OrgManager
from tenants.rls import is_tenant_model
from tests.isolation.catalogue import ROOT, Catalogue
from tests.isolation.platform import ENGINE_TABLES, PLATFORM_TABLES

pytestmark = pytest.mark.django_db(databases=["owner"])

# Each breaks one wall of one table, "{t}". The keys are what they would be in a review.
SABOTAGES_OF_A_TABLE = {
    "security disabled": "ALTER TABLE {t} DISABLE ROW LEVEL SECURITY",
    "owner not forced": "ALTER TABLE {t} NO FORCE ROW LEVEL SECURITY",
    "second policy": "CREATE POLICY admin ON {t} TO magpie_app USING (true)",
    "right to truncate": "GRANT TRUNCATE ON {t} TO magpie_app",
    "right for everybody": "GRANT SELECT ON {t} TO PUBLIC",
    "plain key from a new table": (
        "CREATE TABLE spy (id uuid PRIMARY KEY, x uuid REFERENCES {t} ({pk}))"
    ),
    "view past the policies": "CREATE VIEW spy AS SELECT * FROM {t}",
    "stored copy": "CREATE MATERIALIZED VIEW spy AS SELECT * FROM {t}",
    "unique across organizations": "CREATE UNIQUE INDEX spy ON {t} ((true)) WHERE false",
}
# Each breaks one policy, "{p}", of one table.
SABOTAGES_OF_A_POLICY = {
    "dropped": "DROP POLICY {p} ON {t}",
    "renamed": "ALTER POLICY {p} ON {t} RENAME TO open",
    "for all roles": "ALTER POLICY {p} ON {t} TO PUBLIC",
}
SABOTAGES_OF_WHAT_IS_SHOWN = {
    "everything": "ALTER POLICY {p} ON {t} USING (true)",
    "escape hatch": (
        "ALTER POLICY {p} ON {t} USING (current_setting('app.admin', true) = '1' "
        "OR {org} = current_setting('app.org')::uuid)"
    ),
}
SABOTAGES_OF_WHAT_IS_WRITTEN = {"everything": "ALTER POLICY {p} ON {t} WITH CHECK (true)"}
SABOTAGES_OF_A_KEYED_TABLE = {
    "organization optional": "ALTER TABLE {t} ALTER org_id DROP NOT NULL",
    "organization gone": "ALTER TABLE {t} DROP COLUMN org_id CASCADE",
}
SABOTAGES_OF_THE_SCHEMA = {
    "new table without walls": "CREATE TABLE spy (id uuid PRIMARY KEY, org_id uuid NOT NULL)",
    "new table elsewhere": "CREATE SCHEMA spy CREATE TABLE spy (id uuid)",
    "engine sees more": "GRANT SELECT ON media_asset TO magpie_engine",
    "engine sees names": "GRANT SELECT (name) ON tenants_organization TO magpie_engine",
    "engine's policy elsewhere": (
        "CREATE POLICY engine ON media_asset TO magpie_engine USING (true)"
    ),
    "key not validated": (
        "ALTER TABLE media_assettag ADD CONSTRAINT spy FOREIGN KEY (org_id, asset_id) "
        "REFERENCES media_asset (org_id, id) NOT VALID"
    ),
    "key by one column": (
        "ALTER TABLE media_assettag ADD CONSTRAINT spy FOREIGN KEY (asset_id) "
        "REFERENCES media_asset (id) NOT VALID"
    ),
    "powerful function": (
        "CREATE FUNCTION spy() RETURNS bigint LANGUAGE sql SECURITY DEFINER "
        "AS 'SELECT count(*) FROM media_asset'"
    ),
    "function gone": "SET LOCAL ROLE magpie_engine; DROP FUNCTION engine_org_ids(); RESET ROLE",
    "function for everybody": (
        "SET LOCAL ROLE magpie_engine; "
        "GRANT EXECUTE ON FUNCTION engine_org_ids() TO PUBLIC; RESET ROLE"
    ),
    "search path not fixed": (
        "SET LOCAL ROLE magpie_engine; "
        "ALTER FUNCTION engine_org_ids() RESET search_path; RESET ROLE"
    ),
}


@pytest.fixture
def owner() -> BaseDatabaseWrapper:
    """The owner's connection, in a transaction that is rolled back."""
    return connections["owner"]


@pytest.fixture
def walled(owner: BaseDatabaseWrapper) -> set[str]:
    """All tables of organizations."""
    return Catalogue(owner).walled


class TestModels:
    def test_each_belongs_to_an_organization_or_is_listed(self, walled: set[str]) -> None:
        models = apps.get_models(include_auto_created=True)

        tenant = {model._meta.db_table for model in models if is_tenant_model(model)}
        platform = {model._meta.db_table for model in models} - tenant - {ROOT}

        assert tenant == walled - {ROOT}
        assert platform <= set(PLATFORM_TABLES)

    def test_each_of_an_organization_refuses_to_be_read_without_a_scope(self) -> None:
        open_models = [
            model._meta.label
            for model in apps.get_models()
            if is_tenant_model(model) and not isinstance(model._default_manager, OrgManager)
        ]

        assert open_models == []

    def test_the_list_of_platform_tables_names_no_table_that_is_gone(
        self, owner: BaseDatabaseWrapper
    ) -> None:
        tables = {table for _, table, *_ in Catalogue(owner).tables}

        assert set(PLATFORM_TABLES) - tables == set()
        assert set(ENGINE_TABLES) - tables == set()


class TestCatalogue:
    def test_has_no_hole(self, owner: BaseDatabaseWrapper) -> None:
        assert list(Catalogue(owner).findings()) == []


class TestSabotage:
    """What the audit finds if somebody breaks a wall: one that finds nothing proves nothing."""

    def caught(self, owner: BaseDatabaseWrapper, statement: str) -> str | None:
        """Return the first thing that the audit finds after ``statement``."""
        with transaction.atomic(using="owner"), owner.cursor() as cursor:
            # A view shows rows to its maker, so nothing but the wall may stop the statement.
            cursor.execute("SET LOCAL app.org = '00000000-0000-0000-0000-000000000000'")
            cursor.execute(statement)
            finding = next(Catalogue(owner).findings(), None)
            transaction.set_rollback(True, using="owner")
        return finding

    @pytest.mark.parametrize("sabotage", SABOTAGES_OF_A_TABLE)
    def test_of_any_table_is_caught(
        self, owner: BaseDatabaseWrapper, walled: set[str], sabotage: str
    ) -> None:
        template = SABOTAGES_OF_A_TABLE[sabotage]

        missed = [
            table
            for table in sorted(walled)
            if not self.caught(
                owner,
                template.format(t=table, pk=primary_key(owner, table)),
            )
        ]

        assert missed == []

    @pytest.mark.parametrize("sabotage", SABOTAGES_OF_A_POLICY)
    def test_of_any_policy_is_caught(self, owner: BaseDatabaseWrapper, sabotage: str) -> None:
        assert self.missed_of_policies(owner, SABOTAGES_OF_A_POLICY[sabotage], range(2)) == []

    @pytest.mark.parametrize("sabotage", SABOTAGES_OF_WHAT_IS_SHOWN)
    def test_of_what_any_policy_shows_is_caught(
        self, owner: BaseDatabaseWrapper, sabotage: str
    ) -> None:
        assert self.missed_of_policies(owner, SABOTAGES_OF_WHAT_IS_SHOWN[sabotage], [0]) == []

    @pytest.mark.parametrize("sabotage", SABOTAGES_OF_WHAT_IS_WRITTEN)
    def test_of_what_any_policy_lets_be_written_is_caught(
        self, owner: BaseDatabaseWrapper, sabotage: str
    ) -> None:
        assert self.missed_of_policies(owner, SABOTAGES_OF_WHAT_IS_WRITTEN[sabotage], [1]) == []

    def missed_of_policies(
        self, owner: BaseDatabaseWrapper, template: str, halves: Iterable[int]
    ) -> list[tuple[str, str]]:
        """Sabotage each policy that says what is shown (half 0) or written (1), as asked."""
        return [
            (table, policy)
            for table, policy, *said in runtime_policies(owner)
            if any(said[half] for half in halves)
            and not self.caught(
                owner,
                template.format(t=table, p=policy, org="id" if table == ROOT else "org_id"),
            )
        ]

    @pytest.mark.parametrize("sabotage", SABOTAGES_OF_A_KEYED_TABLE)
    def test_of_any_tables_organization_is_caught(
        self, owner: BaseDatabaseWrapper, walled: set[str], sabotage: str
    ) -> None:
        template = SABOTAGES_OF_A_KEYED_TABLE[sabotage]
        # A table whose key is the organization cannot lose it.
        tables = [t for t in sorted(walled - {ROOT}) if primary_key(owner, t) != "org_id"]

        missed = [table for table in tables if not self.caught(owner, template.format(t=table))]

        assert missed == []

    @pytest.mark.parametrize("sabotage", SABOTAGES_OF_THE_SCHEMA)
    def test_of_the_schema_is_caught(self, owner: BaseDatabaseWrapper, sabotage: str) -> None:
        assert self.caught(owner, SABOTAGES_OF_THE_SCHEMA[sabotage]) is not None

    def test_every_composite_key_that_is_made_plain_is_caught(
        self, owner: BaseDatabaseWrapper
    ) -> None:
        missed = [
            (table, name)
            for name, table, column, target, key in composite_keys(owner)
            if not self.caught(
                owner,
                f"ALTER TABLE {target} NO FORCE ROW LEVEL SECURITY;"
                f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;"
                f"ALTER TABLE {table} DROP CONSTRAINT {name}, ADD CONSTRAINT {name} "
                f"FOREIGN KEY ({column}) REFERENCES {target} ({key});"
                f"ALTER TABLE {target} FORCE ROW LEVEL SECURITY;"
                f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            )
        ]

        assert missed == []


def runtime_policies(owner: BaseDatabaseWrapper) -> list[tuple[str, str, bool, bool]]:
    """Return each policy of the runtime role: its table, its name, and which halves it has."""
    with owner.cursor() as cursor:
        cursor.execute(
            "SELECT tablename, policyname, qual IS NOT NULL, with_check IS NOT NULL "
            "FROM pg_policies WHERE 'magpie_app' = ANY (roles) ORDER BY 1, 2"
        )
        policies: list[tuple[str, str, bool, bool]] = cursor.fetchall()
    assert policies
    return policies


def primary_key(owner: BaseDatabaseWrapper, table: str) -> str:
    """Return the column that is a table's key."""
    with owner.cursor() as cursor:
        cursor.execute(
            "SELECT a.attname FROM pg_index i JOIN pg_attribute a "
            "ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] "
            "WHERE i.indrelid = %s::regclass AND i.indisprimary",
            [table],
        )
        row: tuple[str] = cursor.fetchone()
    return row[0]


def composite_keys(owner: BaseDatabaseWrapper) -> Iterator[tuple[str, str, str, str, str]]:
    """Return each key to a row of the same organization: name, table, column, target, its key."""
    with owner.cursor() as cursor:
        cursor.execute(
            "SELECT c.conname, c.conrelid::regclass::text, f.attname, "
            "       c.confrelid::regclass::text, t.attname "
            "  FROM pg_constraint c "
            "  JOIN pg_attribute f ON f.attrelid = c.conrelid AND f.attnum = c.conkey[2] "
            "  JOIN pg_attribute t ON t.attrelid = c.confrelid AND t.attnum = c.confkey[2] "
            " WHERE c.contype = 'f' AND cardinality(c.conkey) = 2 "
            "   AND c.connamespace = 'public'::regnamespace ORDER BY 2, 1"
        )
        keys: list[tuple[str, str, str, str, str]] = cursor.fetchall()
    assert keys
    yield from keys
