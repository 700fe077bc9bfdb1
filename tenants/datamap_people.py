"""The data map of people, organizations, and what other packages keep about them."""

from tenants.datamap import Erase, declare

PERSON = "with the person"
PERSON_LIFE = "as long as the person's account"
QUEUE = "it holds no data: a task is a poke without arguments"

declare(
    "tenants.User",
    operational="id is_superuser is_staff is_active",
    personal="email name last_login created_at",
    secret="password",  # noqa: S106  # the name of a field
    exported_as="people.jsonl",
    withheld={
        "password": "a hash is of use to nobody but an attacker",
        "is_superuser": "it is about this installation, not about the person",
        "is_staff": "it is about this installation, not about the person",
    },
    erase_how=f"{PERSON}; what they did in organizations stays, without a name",
    retention=PERSON_LIFE,
)
declare(
    "tenants.Organization",
    operational="id slug is_personal created_at",
    personal="name",
    exported_as="organization.json",
    erase_how="by erasing the organization",
)
declare(
    "tenants.Membership",
    operational="id org role created_at",
    personal="user",
    exported_as="people.jsonl",
    erase_how="with its organization or its person",
)
declare(
    "tenants.Invitation",
    operational="id org role created_at expires_at accepted_at revoked_at",
    personal="email invited_by",
    secret="token_sha256",  # noqa: S106  # the name of a field
    exported_as="invitations.jsonl",
    withheld={"token_sha256": "it opens the organization"},
)
declare(
    "tenants.ApiToken",
    operational="id org prefix scopes created_at expires_at last_used_at revoked_at",
    personal="user name",
    secret="token_sha256",  # noqa: S106  # the name of a field
    exported_as="tokens.jsonl",
    withheld={"token_sha256": "it opens the API"},
    erase_how="with its organization or its person",
)
# ── Keys ──────────────────────────────────────────────────────────────────────
declare(
    "tenants.DataKey",
    operational="id org version wrapped_by made_under created_at",
    secret="wrapped",  # noqa: S106  # the name of a field
    not_exported="it opens what the export withholds",
    erase_how="with its organization: what it sealed can be read by nobody from then on",
    retention="until a rotation replaced it",
)
declare(
    "tenants.PlatformKey",
    operational="id version wrapped_by made_under created_at",
    secret="wrapped",  # noqa: S106  # the name of a field
    not_exported="of no organization: a key of the installation itself",
    erase=Erase.KEEP,
    erase_how="nothing of it belongs to an organization or a person",
    retention="until a rotation replaced it",
)

# ── Sign-in ─────────────────────────────────────────────────────────────────────────────
declare(
    "account.EmailAddress",
    operational="id verified primary",
    personal="user email",
    exported_as="people.jsonl",
    erase_how=PERSON,
    retention=PERSON_LIFE,
)
declare(
    "account.EmailConfirmation",
    operational="id created sent",
    personal="email_address",
    secret="key",  # noqa: S106  # the name of a field
    not_exported="it is a secret of a few days; the address itself is exported",
    erase_how=PERSON,
    retention="until the address is proven or the key is too old",
)
declare(
    "mfa.Authenticator",
    operational="id type created_at last_used_at",
    personal="user",
    secret="data",  # noqa: S106  # the name of a field
    not_exported="a second factor in an export would be none",
    erase_how=PERSON,
    retention="until the person removes it",
)
declare(
    "usersessions.UserSession",
    operational="id created_at last_seen_at",
    personal="user ip user_agent data",
    secret="session_key",  # noqa: S106  # the name of a field
    exported_as="sessions.jsonl",
    withheld={"session_key": "it signs in"},
    erase_how=PERSON,
    retention="until the session ends or is ended",
)
declare(
    "sessions.Session",
    operational="expire_date",
    personal="session_data",
    secret="session_key",  # noqa: S106  # the name of a field
    not_exported="it signs in, and holds nothing that lasts",
    erase_how=PERSON,
    retention="14 days after it was last used",
)

# ── Django ──────────────────────────────────────────────────────────────────────────────
declare(
    "admin.LogEntry",
    operational="id action_time content_type object_id action_flag",
    personal="user object_repr change_message",
    not_exported="what operators did to the installation is not an organization's",
    erase=Erase.ANONYMISE,
    erase_how="the text of the entry, with the person that it is about",
    retention="as long as the installation, as its record of what operators did",
)
for label, names in {
    "auth.Permission": "id name content_type codename",
    "auth.Group": "id name",
    "auth.Group_permissions": "id group permission",
    "contenttypes.ContentType": "id app_label model",
}.items():
    declare(
        label,
        operational=names,
        not_exported="it describes the software and nobody's data",
        erase=Erase.KEEP,
        erase_how="nothing of it belongs to an organization or a person",
        retention="as long as the installation",
    )
for label, other in {
    "tenants.User_groups": "group",
    "tenants.User_user_permissions": "permission",
}.items():
    declare(
        label,
        operational=f"id {other}",
        personal="user",
        not_exported="rights in the admin are about this installation",
        erase_how=PERSON,
        retention=PERSON_LIFE,
    )

# ── The queue ───────────────────────────────────────────────────────────────────────────
declare(
    "django_q.Task",
    operational="id name func hook args kwargs result group cluster started stopped success"
    " attempt_count",
    not_exported=QUEUE,
    erase=Erase.KEEP,
    erase_how=QUEUE,
    retention="failures only, until an operator deletes them",
)
declare(
    "django_q.Schedule",
    operational="id name func hook args kwargs schedule_type minutes repeats next_run cron task"
    " cluster intended_date_kwarg",
    not_exported=QUEUE,
    erase=Erase.KEEP,
    erase_how=QUEUE,
    retention="as long as the installation",
)
declare(
    "django_q.OrmQ",
    operational="id key payload lock",
    not_exported=QUEUE,
    erase=Erase.KEEP,
    erase_how=QUEUE,
    retention="until a worker has taken it",
)
