"""Migration operations that wall a table off by organization.

``TenantTable`` is the one way a tenant table comes to be; the suite fails on a model with
an ``org`` that no such operation covers.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

OWNER, RUNTIME, ENGINE = "magpie_owner", "magpie_app", "magpie_engine"

# The plain form, never ``(SELECT current_setting(…))``: the planner must see the value.
IN_SCOPE = "org_id = current_setting('app.org')::uuid"


def is_tenant_model(model: type[models.Model]) -> bool:
    """Return whether rows of ``model`` belong to an organization."""
    return any(field.name == "org" for field in model._meta.local_fields)


class TenantTable(Operation):
    """Enable and force row-level security, and tie foreign keys to the organization.

    Referential checks bypass row-level security, so a plain foreign key could point at
    another organization's row. Each key to a tenant table becomes ``(org_id, x_id) →
    (org_id, id)``; the model's field says ``db_constraint=False``.

    Args:
        model_name: model of the migration's app.
        engine: also let ``magpie_engine`` see and change every row; only for tables that
            the functions of design section 5 need.
        policy: whether the standard policy applies; a table with its own says False.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, model_name: str, *, engine: str = "", policy: bool = True) -> None:
        self.model_name, self.engine, self.policy = model_name, engine, policy

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """Return what rebuilds the operation."""
        return (
            self.__class__.__name__,
            [self.model_name],
            {"engine": self.engine, "policy": self.policy},
        )

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Change nothing: Django's state knows no policies."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Write the wall."""
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            for statement in self._statements(model):
                schema_editor.execute(statement)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Take the policies away; the constraints go with the table."""
        model = from_state.apps.get_model(app_label, self.model_name)
        table = model._meta.db_table
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            schema_editor.execute(f"DROP POLICY IF EXISTS in_scope ON {table}")
            schema_editor.execute(f"DROP POLICY IF EXISTS engine ON {table}")
            schema_editor.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")

    def describe(self) -> str:
        """Return one line for ``migrate``."""
        return f"Wall off {self.model_name} by organization"

    def _statements(self, model: type[models.Model]) -> list[str]:
        table, pk = model._meta.db_table, model._meta.pk.column
        statements = []
        if pk != "org_id":
            statements.append(
                f"ALTER TABLE {table} ADD CONSTRAINT {table}_org_key UNIQUE (org_id, {pk})"
            )
        for field in _tenant_keys(model):
            statements += _composite_key(model, field)
        statements += [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
        ]
        if self.policy:
            statements.append(
                f"CREATE POLICY in_scope ON {table} TO {RUNTIME}, {OWNER} "
                f"USING ({IN_SCOPE}) WITH CHECK ({IN_SCOPE})"
            )
        if self.engine:
            statements += [
                f"GRANT {self.engine} ON {table} TO {ENGINE}",
                f"CREATE POLICY engine ON {table} TO {ENGINE} USING (true) WITH CHECK (true)",
            ]
        return statements


def _tenant_keys(model: type[models.Model]) -> list["models.ForeignKey[Any, Any]"]:
    return [
        field
        for field in model._meta.local_fields
        if isinstance(field, models.ForeignKey) and is_tenant_model(field.related_model)
    ]


def _composite_key(model: type[models.Model], field: "models.ForeignKey[Any, Any]") -> list[str]:
    """Return what ties a key to the organization.

    Adding a key checks the rows that are there, which the owner may do only while the
    target is not forced; the migration's transaction keeps that from everybody else.
    """
    table, target = model._meta.db_table, field.related_model._meta
    name = f"{table}_{field.column}_org_fk"[-63:].lstrip("_")
    add = (
        f"ALTER TABLE {table} ADD CONSTRAINT {name} FOREIGN KEY (org_id, {field.column}) "
        f"REFERENCES {target.db_table} (org_id, {target.pk.column}) "
        "DEFERRABLE INITIALLY DEFERRED"
    )
    if target.db_table == table:
        return [add]
    return [
        f"ALTER TABLE {target.db_table} NO FORCE ROW LEVEL SECURITY",
        add,
        f"ALTER TABLE {target.db_table} FORCE ROW LEVEL SECURITY",
    ]


class EngineFunction(migrations.RunSQL):
    """A SECURITY DEFINER function owned by ``magpie_engine``; only the runtime role may call it.

    These functions are the whole of what works before an organization is known (and the
    index search); they return keys and states, never content.

    Args:
        signature: name and arguments, as in ``engine_token(p_sha256 text)``.
        returns: what follows RETURNS.
        body: of the function.
        language: ``sql`` or ``plpgsql``.
    """

    def __init__(self, signature: str, *, returns: str, body: str, language: str = "sql") -> None:
        self.arguments: dict[str, Any] = {
            "signature": signature,
            "returns": returns,
            "body": body,
            "language": language,
        }
        self.signature = signature
        create = f"""
CREATE FUNCTION {signature} RETURNS {returns} LANGUAGE {language}
  SECURITY DEFINER SET search_path = public, pg_temp AS $body$ {body} $body$;
REVOKE ALL ON FUNCTION {signature} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {signature} TO {RUNTIME};
GRANT USAGE, CREATE ON SCHEMA public TO {ENGINE};
ALTER FUNCTION {signature} OWNER TO {ENGINE};
REVOKE CREATE ON SCHEMA public FROM {ENGINE};
-- Last: the rights of a former owner go to the next one.
SET LOCAL ROLE {ENGINE};
GRANT EXECUTE ON FUNCTION {signature} TO {OWNER};
RESET ROLE;
"""
        drop = f"SET LOCAL ROLE {ENGINE}; DROP FUNCTION {signature}; RESET ROLE;"
        super().__init__(create, drop)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """Return what rebuilds the operation."""
        return self.__class__.__name__, [], self.arguments

    def describe(self) -> str:
        """Return one line for ``migrate``."""
        return f"Let the engine answer {self.signature}"


class WithForceLifted(migrations.SeparateDatabaseAndState):
    """Runs operations that validate the rows of tenant tables, such as a new constraint.

    Under FORCE even the owner sees only the rows in scope, so validation would fail for lack of
    one. FORCE is lifted and restored within the migration's transaction: a failure restores it
    too, and no other session ever sees the table without it.

    Args:
        *tables: tables whose rows are validated.
        operations: what validates them.
    """

    def __init__(self, *tables: str, operations: Sequence[Operation]) -> None:
        self.tables = tables
        self.validating = list(operations)
        super().__init__(database_operations=self.validating, state_operations=self.validating)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        """Return what rebuilds the operation."""
        return self.__class__.__name__, list(self.tables), {"operations": self.validating}

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Run the operations without FORCE."""
        with self._lifted(schema_editor):
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Run the operations backwards without FORCE."""
        with self._lifted(schema_editor):
            super().database_backwards(app_label, schema_editor, from_state, to_state)

    @contextmanager
    def _lifted(self, schema_editor: BaseDatabaseSchemaEditor) -> Iterator[None]:
        if not schema_editor.connection.in_atomic_block:
            message = "FORCE may only be lifted in a transaction: the migration must be atomic."
            raise RuntimeError(message)
        for table in self.tables:
            schema_editor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        yield
        # Rows that were written wait for their keys to be checked, and a table that has such
        # checks before it cannot be altered.
        schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        # Django keeps foreign keys for the end of the migration; they validate rows too.
        while schema_editor.deferred_sql:
            schema_editor.execute(schema_editor.deferred_sql.pop(0))
        for table in self.tables:
            schema_editor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        schema_editor.execute("SET CONSTRAINTS ALL DEFERRED")
