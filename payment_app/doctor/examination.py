"""The doctor: in which order an installation is looked at, and what is left out when.

It prints nothing and hides nothing: every look ends as a `Check`, also one that could not be taken.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from payment_app.daraja import DarajaClient, DarajaConfig
from payment_app.doctor import probes, verdicts
from payment_app.doctor.addresses import host_of, is_private
from payment_app.doctor.check import Answer, Check
from payment_app.doctor.operator_proof import OperatorProof
from payment_app.doctor.trial_payment import TrialPayment
from payment_app.services.payments.asking.refusals import standing_refusal
from payment_app.services.shared.clock import Clock, system_clock
from payment_app.services.shared.keys.tokens import new_token
from payment_app.settings import SIMULATOR_PASSKEY, SIMULATOR_SHORTCODE, Settings
from payment_app.storage.database import Database
from payment_app.storage.migrate import newest_revision


class Doctor:
    """Examines one installation."""

    def __init__(
        self,
        settings: Settings | None,
        problems: list[str],
        *,
        clock: Clock = system_clock,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Args:
        settings, problems: as `read_settings` gives them.
        tls: whom to trust; the system's authorities by default.
        """
        self._settings = settings
        self._problems = problems
        self._clock = clock
        self._sleep = sleep
        self._tls = tls or ssl.create_default_context()

    async def examine(
        self, phone: str | None = None, *, operator: bool = False
    ) -> AsyncIterator[Check]:
        """Every check, as soon as it is done; at the end the payment and the proof asked for.

        Args:
            phone: sends it a prompt for KSh 1.
            operator: proves the API operator by an account balance query.
        """
        settings, well = self._settings, not self._problems
        for check in verdicts.judge_settings(settings, self._problems):
            yield check
        if settings is None:
            yield Check("all else", None, "not looked at: the settings cannot be read")
            return
        for look in (self._database, self._time, self._token, self._callback):
            async for check in look(settings):
                well = well and check.ok is not False
                yield check
        if operator and well:
            async for check in OperatorProof(settings, self._clock, self._sleep).make():
                yield check
        elif operator:
            yield Check("operator", None, "was not asked for", "mend what is marked ✗ first")
        if phone is None:
            return
        if not well:
            yield Check("payment", None, "no prompt was sent", "mend what is marked ✗ first")
            return
        async for check in TrialPayment(settings, self._clock, self._sleep).make(phone):
            yield check

    async def _database(self, settings: Settings) -> AsyncIterator[Check]:
        obstacle = verdicts.judge_database_url(settings.database_url, probes.missing_file)
        if obstacle is not None:
            yield obstacle
            return
        address = make_url(settings.database_url).render_as_string(hide_password=True)
        name, database = "database", Database(settings.database_url)
        try:
            async with asyncio.timeout(probes.SECONDS):
                revision = await probes.read_revision(database)
            yield Check("database", True, f"{address} answers")
            yield verdicts.judge_revision(revision, newest_revision())
            if revision is None:
                yield Check("database writes", None, "not tried: there are no tables")
                return
            name = "database writes"
            async with asyncio.timeout(probes.SECONDS):
                await probes.try_to_write(database, self._clock())
            yield Check(name, True, "a row was written and taken back")
            if revision == newest_revision():
                yield verdicts.judge_questions(await standing_refusal(database))
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            advice = "check DATABASE_URL, that the server runs, its rights and the disk"
            yield Check(name, False, f"{address}: {verdicts.first_line(error)}", advice)
        finally:
            await database.close()

    async def _time(self, settings: Settings) -> AsyncIterator[Check]:
        host = host_of(settings.daraja_url)
        if is_private(host):
            words = f"{verdicts.in_nairobi(self._clock())}; Daraja is nearby"
            yield Check("clock", True, words)
            return
        try:
            answer = await self._ask("HEAD", settings.daraja_url)
            there = parsedate_to_datetime(answer.headers["Date"])
            yield verdicts.judge_clock(self._clock(), there, host)
        except (OSError, HTTPException, ValueError, TypeError, KeyError):
            words = f"{verdicts.in_nairobi(self._clock())}; not measured, {host} told no time"
            yield Check("clock", None, words, "compare with a clock that you trust")

    async def _token(self, settings: Settings) -> AsyncIterator[Check]:
        key = settings.mpesa_consumer_key.get_secret_value()
        secret = settings.mpesa_consumer_secret.get_secret_value()
        if not settings.simulated and not (key and secret):
            yield Check("token", None, "not asked for: consumer key or secret is missing")
            return
        try:
            config = DarajaConfig(
                base_url=settings.daraja_url,
                consumer_key=key or "simulator",
                consumer_secret=secret or "simulator",
                shortcode=SIMULATOR_SHORTCODE,  # any will do: a token needs neither
                passkey=SIMULATOR_PASSKEY,
            )
        except ValueError:
            words = "MPESA_BASE_URL is not the address of a host"
            yield Check("token", False, words, "mend it, or remove it for Safaricom's own")
            return
        async with DarajaClient(config, clock=self._clock) as daraja:
            yield verdicts.judge_token(await probes.ask_for_token(daraja), settings)

    async def _callback(self, settings: Settings) -> AsyncIterator[Check]:
        base = settings.callback_base
        if not base:
            yield Check("callback", None, "not looked at: MPESA_CALLBACK_URL is missing")
            return
        found = verdicts.judge_callback_address(settings)
        for check in found:
            yield check
        well = all(check.ok is not False for check in found)
        if well and base.startswith("https:"):
            certificate = await self._certificate(base)
            well = certificate.ok is not False
            yield certificate
        if well:
            yield await self._round_trip(settings)
        else:
            yield Check("callback round trip", None, "not tried", "mend the address first")

    async def _certificate(self, base: str) -> Check:
        parts = urlsplit(base)
        host, port = parts.hostname or "", parts.port or 443
        try:
            ends = await asyncio.to_thread(probes.certificate_end, host, port, self._tls)
        except OSError as error:
            return verdicts.judge_connection(error, host, port)
        return verdicts.judge_certificate(ends, self._clock())

    async def _round_trip(self, settings: Settings) -> Check:
        """Post where Daraja would, under a token that no payment has, and try to read there."""
        base = settings.callback_base
        address = f"{base}/{new_token()}"
        try:
            posted = await self._ask("POST", address, b"{}")
            read = await self._ask("GET", address)
        except (OSError, HTTPException, ValueError) as error:
            return verdicts.judge_silence(base, error, simulated=settings.simulated)
        return verdicts.judge_round_trip(base, posted, read)

    async def _ask(self, method: str, url: str, body: bytes | None = None) -> Answer:
        return await asyncio.to_thread(probes.ask, method, url, body, self._tls)
