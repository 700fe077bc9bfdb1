"""Keys change while the product runs, and whoever is killed on the way loses nothing."""

import io
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, validate_totp_code
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connection as database
from django.db import connections
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pytest_django import Settings

from connectors.credentials import fresh_tokens, read_tokens, store_tokens
from connectors.credentials.platform import read_platform_secret, store_platform_secret
from connectors.items import Source
from connectors.models import Connection, Credential
from tenants import crypto
from tenants.invited import PURPOSE, SESSION_KEY
from tenants.models import DataKey, Organization, PlatformKey
from tenants.scope import org_scope
from tenants.vault import rotation
from tenants.vault.keys import chain_of_org
from tenants.vault.proof import prove
from tests.connectors.credentials.conftest import HOUR, RotatingSource, tokens_of
from tests.factories import OrganizationFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)

KEYS = [f"master key number {number} of the tests of rotation" for number in range(4)]


@pytest.fixture(autouse=True)
def keys(settings: Settings) -> None:
    settings.MASTER_KEYS = KEYS[:1]


def rotate(**options: Any) -> str:
    said = io.StringIO()
    call_command("rotate_keys", stdout=said, **options)
    return said.getvalue()


def linked(org: Organization, count: int) -> list[Connection]:
    """Return connections of which each has tokens of its own number."""
    with org_scope(org.pk):
        made = [
            Connection.objects.create(org=org, source=Source.PINTEREST, name=f"{number}")
            for number in range(count)
        ]
        for number, connection in enumerate(made):
            store_tokens(connection, tokens_of(number), account_id="", account_name="")
    return made


def numbers_of(connections: list[Connection]) -> list[str]:
    with org_scope(connections[0].org_id):
        return [read_tokens(each).access_token for each in connections]


@pytest.fixture
def two_orgs(org: Organization) -> list[list[Connection]]:
    """The linked connections of two organizations; another one has none."""
    OrganizationFactory.create()
    return [linked(org, 5), linked(OrganizationFactory.create(), 3)]


class TestRotation:
    def test_leaves_nothing_under_the_old_key_and_loses_nothing(
        self, two_orgs: list[list[Connection]], settings: Settings
    ) -> None:
        store_platform_secret("pinterest.client_secret", "hush")
        user = UserFactory.create()
        seed = TOTP.activate(user, "JBSWY3DPEHPK3PXP").instance.data["secret"]
        codes = RecoveryCodes.activate(user).generate_codes()
        session = Client().session
        session[SESSION_KEY] = crypto.encrypt("hush", purpose=PURPOSE)
        session.save()
        before = [bytes(row.wrapped) for row in PlatformKey.objects.all()]
        settings.MASTER_KEYS = [KEYS[1], KEYS[0]]

        with pytest.raises(CommandError, match="Not everything is under the newest key"):
            rotate(check=True)
        said = rotate()
        settings.MASTER_KEYS = KEYS[1:2]

        assert "Nothing is left under another key" in said
        for made in two_orgs:
            assert numbers_of(made) == [f"hush-access-{n}" for n in range(len(made))]
            with org_scope(made[0].org_id):
                assert [key.version for key in DataKey.objects.all()] == [2]
        assert read_platform_secret("pinterest.client_secret") == "hush"
        assert [bytes(row.wrapped) for row in PlatformKey.objects.all()] != before
        factor = Authenticator.objects.get(user=user, type="totp")
        assert factor.data["secret"] != seed
        assert crypto.decrypt(factor.data["secret"], purpose="mfa") == "JBSWY3DPEHPK3PXP"
        assert RecoveryCodes.activate(user).generate_codes() == codes
        kept = Session.objects.get(pk=session.session_key).get_decoded()[SESSION_KEY]
        assert crypto.decrypt(kept, purpose=PURPOSE) == "hush"
        assert not validate_totp_code("JBSWY3DPEHPK3PXP", "no code")

    def test_done_twice_does_nothing(
        self, two_orgs: list[list[Connection]], settings: Settings
    ) -> None:
        settings.MASTER_KEYS = [KEYS[1], KEYS[0]]
        rotate()
        with org_scope(two_orgs[0][0].org_id):
            sealed = [bytes(row.sealed) for row in Credential.objects.order_by("pk")]

        rotate()

        with org_scope(two_orgs[0][0].org_id):
            assert [bytes(row.sealed) for row in Credential.objects.order_by("pk")] == sealed

    def test_what_a_lost_key_sealed_is_named_and_the_rest_is_done(
        self, two_orgs: list[list[Connection]], settings: Settings
    ) -> None:
        settings.MASTER_KEYS = KEYS[1:2]
        others = linked(OrganizationFactory.create(), 2)
        lost = crypto.newest_key_id().hex()
        settings.MASTER_KEYS = [KEYS[2], KEYS[0]]

        with pytest.raises(CommandError, match=f"1 data keys.* under {lost}") as told:
            rotate()

        assert "is not in the ring" in str(told.value)
        assert "What nobody can read keeps its data key" in str(told.value)
        assert numbers_of(two_orgs[0])[0] == "hush-access-0"
        settings.MASTER_KEYS = [KEYS[2], KEYS[1]]
        assert "Nothing is left" in rotate()
        assert numbers_of(others) == ["hush-access-0", "hush-access-1"]

    def test_a_damaged_row_is_named_with_what_ends_it(
        self, two_orgs: list[list[Connection]], settings: Settings
    ) -> None:
        org_id = two_orgs[0][0].org_id
        with org_scope(org_id):
            damaged = Credential.objects.latest("pk")
            flipped = bytearray(damaged.sealed)
            flipped[-1] ^= 1
            Credential.objects.filter(pk=damaged.pk).update(sealed=bytes(flipped))
        settings.MASTER_KEYS = [KEYS[1], KEYS[0]]

        with pytest.raises(CommandError) as told:
            rotate()

        assert (
            f"1 rows that were changed, or moved from another place (connectors_credential "
            f"{damaged.pk}): nobody can read them; connect those accounts anew" in str(told.value)
        )
        assert "What nobody can read keeps its data key" in str(told.value)
        with org_scope(org_id):
            store_tokens(damaged.connection, tokens_of(9), account_id="", account_name="")
        assert "Nothing is left" in rotate()

    def test_a_row_that_names_another_key_than_seals_it_is_found(
        self, two_orgs: list[list[Connection]], settings: Settings
    ) -> None:
        with org_scope(two_orgs[0][0].org_id):
            former = bytes(Credential.objects.latest("pk").sealed)
        settings.MASTER_KEYS = [KEYS[1], KEYS[0]]
        rotate()
        with org_scope(two_orgs[0][0].org_id):
            pk = Credential.objects.latest("pk").pk
            Credential.objects.filter(pk=pk).update(sealed=former)

        with pytest.raises(
            CommandError, match=r"1 rows sealed by another data key .* connect those"
        ):
            rotate(check=True)


def rotate_until_killed(*, at: int) -> int:
    """Rotate in a process of its own that dies before its ``at``-th statement; return its end."""
    connections.close_all()
    pid = os.fork()
    if not pid:
        left = iter(range(at))

        def count_down(execute: Callable[..., Any], *arguments: Any) -> Any:
            if next(left, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)
            return execute(*arguments)

        try:
            with database.execute_wrapper(count_down):
                call_command("rotate_keys", stdout=io.StringIO())
        except BaseException:  # noqa: BLE001  # nothing of the tests may go on in here
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@pytest.mark.chaos
class TestKilled:
    def test_at_any_row_it_loses_nothing_and_goes_on(
        self, org: Organization, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rotation, "BATCH", 5)
        made = linked(org, 60)
        readable = [f"hush-access-{n}" for n in range(60)]
        settings.MASTER_KEYS = [KEYS[1], KEYS[0]]

        # At each of its first statements; then further in each time, else it would never end.
        kills = 0
        while (end := rotate_until_killed(at=max(kills, 4 * kills - 40))) == -signal.SIGKILL:
            kills += 1
            assert numbers_of(made[kills % 7 :: 7]) == readable[kills % 7 :: 7]

        settings.MASTER_KEYS = KEYS[1:2]
        assert end == 0
        assert kills >= 20
        assert numbers_of(made) == readable
        assert prove().left == []


@pytest.fixture
def at_once() -> Callable[..., list[Any]]:
    """Return what does things at the same time, each with a connection of its own."""

    def run(*works: Callable[[], Any]) -> list[Any]:
        def closing(work: Callable[[], Any]) -> Any:
            try:
                return work()
            finally:
                database.close()

        with ThreadPoolExecutor(len(works)) as pool:
            return [each.result() for each in [pool.submit(closing, work) for work in works]]

    return run


class TestAtOnce:
    def test_keys_rotate_while_twenty_read_and_refresh(
        self, org: Organization, settings: Settings, at_once: Callable[..., list[Any]]
    ) -> None:
        made, is_over = linked(org, 6), threading.Event()
        sources = [RotatingSource(expires_in=-HOUR) for _ in made]
        with org_scope(org.pk):
            for connection in made:
                store_tokens(
                    connection, tokens_of(1, expires_in=-HOUR), account_id="", account_name=""
                )

        def work(number: int) -> int:
            connection, source = made[number % len(made)], sources[number % len(made)]
            done = 0
            while not is_over.is_set() or not done:
                if number % 2:
                    fresh_tokens(connection, source.refresh, margin=HOUR * 0)
                else:
                    with org_scope(org.pk):
                        read_tokens(connection)
                done += 1
            return done

        def rotate_thrice() -> int:
            try:
                for number in (1, 2, 3):
                    settings.MASTER_KEYS = [KEYS[number], KEYS[number - 1]]
                    rotate()
            finally:
                is_over.set()
            return 1

        done = at_once(rotate_thrice, *(lambda n=n: work(n) for n in range(20)))

        assert min(done) > 0
        assert prove().left == []
        with org_scope(org.pk):
            stored = [read_tokens(each).refresh_token for each in made]
            assert [key.version for key in DataKey.objects.all()] == [4]
        assert stored == [f"hush-refresh-{source.number}" for source in sources]
        assert not any(source.is_revoked for source in sources)
        assert sum(source.number for source in sources) > 2 * len(sources)

    @examples(
        max_examples=6,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(
        refreshers=st.integers(2, 6),
        rounds=st.lists(st.sampled_from([-HOUR, HOUR]), min_size=1, max_size=3),
    )
    def test_refreshers_never_lose_a_token(
        self,
        refreshers: int,
        rounds: list[Any],
        connection: Connection,
        at_once: Callable[..., list[Any]],
    ) -> None:
        """A source that takes the second use of a refresh token for theft never sees one."""
        source, exchanges = RotatingSource(), 0
        with org_scope(connection.org_id):
            store_tokens(connection, tokens_of(1), account_id="", account_name="")
        for lifetime in rounds:
            with org_scope(connection.org_id):
                expires_at = timezone.now() + lifetime
                Credential.objects.update(access_expires_at=expires_at)
            exchanges += lifetime < HOUR * 0
            begin = threading.Barrier(refreshers)

            def work() -> str:
                begin.wait()  # noqa: B023  # it is called within this turn
                return fresh_tokens(connection, source.refresh, margin=HOUR * 0).access_token

            assert set(at_once(*[work] * refreshers)) == {f"hush-access-{source.number}"}

        with org_scope(connection.org_id):
            assert read_tokens(connection).refresh_token == f"hush-refresh-{source.number}"
        assert (source.asked, source.is_revoked) == (exchanges, False)


class TestErasure:
    def test_what_an_organization_sealed_is_read_by_nobody_when_it_is_gone(
        self, org: Organization
    ) -> None:
        linked(org, 1)
        with org_scope(org.pk):
            [copy] = Credential.objects.all()
            org.delete()

            assert not DataKey.objects.exists()
            assert not Credential.objects.exists()
            with pytest.raises(Exception, match="data key that is gone"):
                chain_of_org().key_of(1)
        assert bytes(copy.sealed)
