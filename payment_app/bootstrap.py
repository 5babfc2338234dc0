"""The composition root: every service of one process, built from the settings, in one place.

Nothing happens here. What starts and stops the services is in `lifespan.py`, and what they do by
themselves is in `background.py`.
"""

from __future__ import annotations

from decimal import Decimal

import structlog

from payment_app.daraja import DarajaClient, DarajaConfig, Operator
from payment_app.live.hub import Hub
from payment_app.services.bookings.bookings import BookingService
from payment_app.services.bookings.import_csv import BookingImport
from payment_app.services.bookings.management import BookingManagement
from payment_app.services.books.comparison import Books
from payment_app.services.console.booking_list import BookingList
from payment_app.services.console.figures import FigureService
from payment_app.services.console.payment_detail import PaymentService
from payment_app.services.console.waiting import Waiting
from payment_app.services.operations.call_recorder import CallRecorder
from payment_app.services.operations.gauges import Gauges
from payment_app.services.operations.health import HealthService
from payment_app.services.operations.invariants import Invariants
from payment_app.services.operations.outage_policy import OutagePolicy
from payment_app.services.operations.readiness import Readiness
from payment_app.services.operations.restore import Restore
from payment_app.services.pay_pages.pages import PayPages
from payment_app.services.pay_pages.view import Menu
from payment_app.services.payments.asking.circuit_breaker import MeasuredRail, RailHealth, Recovery
from payment_app.services.payments.asking.reconciliation import Reconciler
from payment_app.services.payments.callbacks.settle import Inbox
from payment_app.services.payments.callbacks.store import CallbackStore
from payment_app.services.payments.cases import Cases
from payment_app.services.payments.checkout import Checkout
from payment_app.services.receipts.checking import ReceiptChecks
from payment_app.services.receipts.code import ReceiptCodes
from payment_app.services.receipts.gate import Gate
from payment_app.services.records.checkpoints import Checkpoints
from payment_app.services.records.housekeeping import Housekeeping
from payment_app.services.refunds.balances import Balances
from payment_app.services.refunds.desk import RefundDesk
from payment_app.services.refunds.orders import Addresses, OrderTokens
from payment_app.services.refunds.questions import RefundQuestions
from payment_app.services.refunds.results import weigh_answer
from payment_app.services.refunds.sender import RefundSender
from payment_app.services.refunds.views import RefundViews
from payment_app.services.search.advice import Adviser
from payment_app.services.search.history import History
from payment_app.services.search.payments import PaymentSearch
from payment_app.services.search.reading.spelling import Spelling
from payment_app.services.shared.clock import Clock, system_clock
from payment_app.services.shared.idempotency import Idempotency
from payment_app.services.shared.keys.kept_secrets import keyring, secret_key
from payment_app.services.shared.keys.seals import Keyring
from payment_app.services.shared.pace.address_limit import AddressLimit
from payment_app.services.shared.pace.loops import LoopRunner
from payment_app.services.staff.accounts import Accounts
from payment_app.services.staff.activity import ActivityLog
from payment_app.services.staff.saved_views import SavedViews
from payment_app.services.staff.sessions import Sessions
from payment_app.services.staff.visitors import Visitors
from payment_app.settings import Settings
from payment_app.storage.database import Database
from payment_app.storage.shared_token import SharedToken

log = structlog.get_logger("payment_app.bootstrap")


class App:
    """What pages, routes, commands and loops work with. Build it inside the loop that serves."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock = system_clock,
        daraja: DarajaClient | None = None,
    ) -> None:
        """Args:
        daraja: another client than the settings describe.
        """
        self.settings = settings
        self.clock = clock
        self.hub = Hub()
        self.loops = LoopRunner()
        self.keyring = keyring(settings)
        self.database = Database(settings.database_url, self.keyring.for_sessions())
        self.database.on_hints = self.hub.notify_each
        self.shared_token = shared_token(settings)
        self.call_recorder = CallRecorder(self.database)
        self.daraja = daraja or DarajaClient(
            daraja_config(settings),
            clock=clock,
            record=self.call_recorder.record,
            share=self.shared_token,
        )
        secret = secret_key(settings)
        self._build_payments()
        self._build_public(secret)
        self._build_staff(secret)
        self._build_refunds()
        self._build_console()
        self._build_upkeep()

    def _build_payments(self) -> None:
        """What moves money, and what holds it back."""
        self.rail_health = RailHealth(self.clock)
        self.rail_health.on_change = self.hub.notify_all
        rail = MeasuredRail(self.daraja, self.rail_health)
        self.inbox = Inbox(self.database, self.clock, weigh_answer)
        self.callbacks = CallbackStore(self.database, self.clock, self.inbox.wake)
        self.hint_limit = AddressLimit(self.clock, most=60, seconds=60)
        self.reconciler = Reconciler(self.database, rail, self.clock)
        self.recovery = Recovery(self.database, rail, self.reconciler, self.rail_health, self.clock)
        self.restore = Restore(self.database, self.reconciler, self.clock)
        self.cases = Cases(self.database, self.clock)
        policy = OutagePolicy(self.restore, self.rail_health, self.reconciler)
        self.checkout = Checkout(
            self.database,
            rail,
            self.clock,
            callback_base=self.settings.callback_base,
            merchant_name=self.settings.merchant_name,
            admit=policy.admit,
            ask=policy.ask_while_answered,
        )

    def _build_public(self, secret: str) -> None:
        """What callers of the API and holders of a link meet."""
        self.bookings = BookingService(self.database, self.clock)
        self.history = History(self.database)
        self.idempotency = Idempotency(self.database, self.clock)
        self.receipt_codes = ReceiptCodes(self.keyring)
        self.receipt_checks = ReceiptChecks(self.database, self.receipt_codes)
        self.gate = Gate(self.database, self.clock, self.receipt_checks)
        self.pages = PayPages(
            self.database,
            self.checkout,
            self.clock,
            merchant_name=self.settings.merchant_name,
            secret_key=secret,
            codes=self.receipt_codes,
            menu=pay_menu(self.settings),
            outage=lambda: self.rail_health.slow,
        )

    def _build_staff(self, secret: str) -> None:
        """Who works here."""
        self.accounts = Accounts(
            self.database, self.clock, secret, merchant_name=self.settings.merchant_name
        )
        self.sessions = Sessions(
            self.database,
            self.clock,
            secret,
            enrolment_required=not self.settings.simulated,
            demo_allowed=self.settings.simulated,
        )
        self.visitors = Visitors(self.sessions, self.settings)
        self.activity = ActivityLog(self.database)
        self.saved_views = SavedViews(self.database, self.clock)

    def _build_refunds(self) -> None:
        """How money goes back."""
        addresses = Addresses(self.settings.answers_base)
        self.order_tokens = OrderTokens(self.database)
        self.refund_sender = RefundSender(self.database, self.daraja, self.clock, addresses)
        self.refund_questions = RefundQuestions(
            self.database, self.daraja, self.clock, addresses, self.refund_sender
        )
        self.balances = Balances(self.database, self.daraja, self.clock, addresses)
        self.refunds = RefundDesk(
            self.database,
            self.clock,
            self.accounts,
            limit=Decimal(self.settings.refund_second_person_above),
            agreed=self.refund_sender.wake,
        )
        self.refund_views = RefundViews(self.database, self.clock)

    def _build_console(self) -> None:
        """What the pages of staff show and do."""
        self.search = PaymentSearch(self.database, self.clock)
        self.adviser = Adviser(self.search, Spelling(self.database))
        self.figures = FigureService(self.database, self.clock)
        self.waiting = Waiting(self.database, self.clock)
        self.booking_list = BookingList(self.database, self.clock)
        self.booking_management = BookingManagement(self.database, self.clock)
        self.booking_import = BookingImport(self.database, self.clock)
        self.books = Books(self.database, shortcodes=self.settings.collecting_shortcodes)
        self.payments = PaymentService(
            self.database,
            self.clock,
            reconciler=self.reconciler,
            checkout=self.checkout,
            rail_health=self.rail_health,
        )

    def _build_upkeep(self) -> None:
        """What keeps the installation well, and says how it is."""
        self.checkpoints = checkpoints(self.settings, self.database, self.keyring, self.clock)
        self.invariants = Invariants(self.database, self.clock, self.keyring, self.checkpoints)
        self.housekeeping = Housekeeping(
            self.database,
            self.clock,
            idempotency=self.idempotency,
            sessions=self.sessions,
            inbox=self.inbox,
        )
        self.readiness = Readiness(self.database, self.loops)
        self.gauges = Gauges(self.database, self.cases, self.hub)
        self.health = HealthService(
            self.settings,
            self.database,
            self.clock,
            ready=self.readiness.look,
            rail_health=self.rail_health,
            restore=self.restore,
        )


def checkpoints(settings: Settings, database: Database, keys: Keyring, clock: Clock) -> Checkpoints:
    """The signed checkpoints of the books, in their own folder."""
    return Checkpoints(database, clock, keys, settings.checkpoints, settings.books_name)


def shared_token(settings: Settings) -> SharedToken | None:
    """Several workers, on one machine or more, share one token through the Redis they name."""
    if not settings.redis_url:
        return None
    return SharedToken(settings.redis_url, settings.mpesa_consumer_key.get_secret_value())


def pay_menu(settings: Settings) -> Menu:
    """Where the pages send payers without a prompt: the till, or else the paybill number."""
    if settings.mpesa_transaction_type == "till":
        return Menu(till=settings.mpesa_till_number)
    return Menu(paybill=settings.shortcode)


def daraja_config(settings: Settings) -> DarajaConfig:
    """The rail's own configuration; the simulator takes any credentials."""
    return DarajaConfig(
        base_url=settings.daraja_url,
        consumer_key=settings.mpesa_consumer_key.get_secret_value() or "simulator",
        consumer_secret=settings.mpesa_consumer_secret.get_secret_value() or "simulator",
        shortcode=settings.shortcode,
        passkey=settings.passkey,
        transaction_type=settings.mpesa_transaction_type,
        till_number=settings.mpesa_till_number or None,
        calls_per_second=settings.mpesa_calls_per_second,
        operator=operator(settings),
    )


def operator(settings: Settings) -> Operator | None:
    """Who gives money back; `None` while one of name, password and certificate is missing."""
    name, password = settings.initiator_name, settings.initiator_password
    if not (name and password and settings.certificate):
        return None
    try:
        return Operator(name, password, settings.certificate.read_bytes())
    except (OSError, ValueError) as error:
        log.error("operator_not_usable", error=str(error))
        return None
