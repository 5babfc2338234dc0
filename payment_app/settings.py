"""Every environment variable of the app, typed, and the refusal to start with unsafe ones.

Values come from the process environment and, below it, from a `.env` file (python-dotenv). They are
read once, in the wiring, and passed in from there. `problems()` names everything that is missing
or unsafe, all at once, one plain sentence each; outside simulator mode any of them stops the start.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

Environment = Literal["simulator", "sandbox", "production"]

DARAJA_HOSTS = {
    "sandbox": "https://sandbox.safaricom.co.ke",
    "production": "https://api.safaricom.co.ke",
}
SIMULATOR_SHORTCODE = "174379"
SIMULATOR_PASSKEY = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"
SIMULATOR_API_KEY = "simulator-key"

_MIN_SECRET = 32
_MIN_API_KEY = 16
_DEFAULTS = ("changeme", "change-me", "change_me", SIMULATOR_API_KEY)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_SHORT_CODE = re.compile(r"[0-9]{5,7}")


class UnsafeSettings(Exception):
    """The app must not start; `problems` holds one sentence for each reason."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


class Settings(BaseSettings):
    """The environment of one running app. Field names are the variables in lower case."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    mpesa_environment: Environment | None = Field(
        None,
        description="simulator (default without a consumer key), sandbox or production",
    )
    mpesa_consumer_key: SecretStr = Field(
        SecretStr(""), description="consumer key of the Daraja app"
    )
    mpesa_consumer_secret: SecretStr = Field(
        SecretStr(""), description="consumer secret of the Daraja app"
    )
    mpesa_shortcode: str = Field(
        "", description="paybill number; for a till the store (head office) number"
    )
    mpesa_passkey: SecretStr = Field(
        SecretStr(""), description="passkey of M-PESA Express for the shortcode"
    )
    mpesa_callback_url: str = Field(
        "", description="full base of the callback; the app adds a token for each payment"
    )
    mpesa_base_url: str = Field(
        "", description="any Daraja-compatible host instead of the environment's own"
    )
    mpesa_transaction_type: Literal["paybill", "till"] = Field(
        "paybill", description="paybill or till"
    )
    mpesa_till_number: str = Field(
        "", description="till number, when MPESA_TRANSACTION_TYPE is till"
    )
    mpesa_initiator_name: str = Field("", description="API operator, for refunds and status")
    mpesa_initiator_password: SecretStr = Field(
        SecretStr(""), description="the API operator's password, for refunds and status"
    )
    mpesa_certificate: str = Field(
        "", description="path of Safaricom's certificate, for refunds and status"
    )
    mpesa_calls_per_second: float = Field(
        10.0,
        gt=0,
        le=1_000,
        description="calls a second that Safaricom allows your app, each worker",
    )
    mpesa_callback_ips: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="networks that callbacks may come from; empty = any"
    )
    database_url: str = Field(
        "sqlite:///data/payment_app.db", description="SQLite file or postgresql://…"
    )
    redis_url: str = Field("", description="Redis, needed only for more than one worker")
    public_url: str = Field(
        "", description="origin that browsers use; default http://localhost:PORT"
    )
    host: str = Field(
        "", description="address to listen on; default 127.0.0.1 in simulator mode, else 0.0.0.0"
    )
    port: int = Field(3000, ge=1, le=65535, description="the one port that serves everything")
    workers: int = Field(
        1, ge=1, le=64, description="server processes; more than 1 needs PostgreSQL and Redis"
    )
    secret_key: SecretStr = Field(
        SecretStr(""),
        description="signs and encrypts, 32 characters or more; made by itself in simulator mode",
    )
    old_secret_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (), description="former SECRET_KEYs, comma separated: what they sealed still counts"
    )
    api_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        (), description="keys of the JSON API, comma separated; simulator-key in simulator mode"
    )
    metrics_token: SecretStr = Field(
        SecretStr(""), description="bearer token for /metrics, beside the API keys"
    )
    merchant_name: str = Field("Smart Storage", description="business name shown to the payer")
    merchant_phone: str = Field("", description="help line shown to the payer; empty = none")
    simulator_auto_complete_seconds: float = Field(
        30, ge=0, description="an unanswered prompt on the test phone pays after this; 0 = never"
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="networks whose X-Forwarded-For is believed; default none"
    )

    @field_validator(
        "mpesa_callback_ips", "trusted_proxies", "api_keys", "old_secret_keys", mode="before"
    )
    @classmethod
    def _comma_separated(cls, value: object) -> object:
        return _split(value)

    @field_validator("mpesa_callback_ips", "trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ipaddress.ip_network(network, strict=False)
        return value

    @property
    def environment(self) -> Environment:
        """The rail in use: the one named; without a name the simulator, or sandbox with a key."""
        if self.mpesa_environment is not None:
            return self.mpesa_environment
        return "sandbox" if self.mpesa_consumer_key.get_secret_value() else "simulator"

    @property
    def simulated(self) -> bool:
        """The built-in simulator plays Daraja."""
        return self.environment == "simulator"

    @property
    def listen_host(self) -> str:
        """The address to listen on."""
        return self.host or ("127.0.0.1" if self.simulated else "0.0.0.0")  # noqa: S104

    @property
    def origin(self) -> str:
        """The origin that browsers use, without a trailing slash."""
        return (self.public_url or f"http://localhost:{self.port}").rstrip("/")

    @property
    def allowed_origins(self) -> tuple[str, ...]:
        """Origins of the websocket and of CORS; never `*`."""
        local = (f"http://localhost:{self.port}", f"http://127.0.0.1:{self.port}")
        on_this_machine = self.simulated or self.origin in local
        return tuple(dict.fromkeys((self.origin, *(local if on_this_machine else ()))))

    @property
    def loopback(self) -> str:
        """How this process reaches its own port."""
        anywhere = ("0.0.0.0", "::", "")  # noqa: S104
        host = "127.0.0.1" if self.listen_host in anywhere else self.listen_host
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def daraja_url(self) -> str:
        """Root of the Daraja host in use, without a trailing slash."""
        if self.mpesa_base_url:
            return self.mpesa_base_url.rstrip("/")
        return DARAJA_HOSTS.get(self.environment, f"{self.loopback}/simulator/daraja")

    @property
    def callback_base(self) -> str:
        """What `/<token>` is added to in each push's CallBackURL."""
        default = f"{self.loopback}/hooks/stk" if self.simulated else ""
        return (self.mpesa_callback_url or default).rstrip("/")

    @property
    def shortcode(self) -> str:
        """The business short code; the sandbox's own in simulator mode."""
        return self.mpesa_shortcode or (SIMULATOR_SHORTCODE if self.simulated else "")

    @property
    def passkey(self) -> str:
        """The passkey; the sandbox's public one in simulator mode."""
        return self.mpesa_passkey.get_secret_value() or (
            SIMULATOR_PASSKEY if self.simulated else ""
        )

    @property
    def api_key_values(self) -> tuple[str, ...]:
        """The keys that the JSON API takes."""
        keys = tuple(key.get_secret_value() for key in self.api_keys)
        return keys or ((SIMULATOR_API_KEY,) if self.simulated else ())

    @property
    def on_postgresql(self) -> bool:
        """The database is PostgreSQL."""
        return self.database_url.startswith(("postgresql", "postgres:"))

    @property
    def data_folder(self) -> Path:
        """Where the app keeps its own files."""
        return Path("data")


def load_settings(*, env_file: str | None = ".env") -> Settings:
    """Read and check the environment.

    Raises:
        UnsafeSettings: with every problem at once.
    """
    try:
        settings, found = Settings(_env_file=env_file), []
    except ValidationError as error:
        found = [_sentence(dict(item)) for item in error.errors()]
        # With defaults in place of what cannot be read, the rest can still be judged.
        unread = {str(item["loc"][0]) for item in error.errors()}
        settings = Settings(
            _env_file=env_file, **{name: Settings.model_fields[name].default for name in unread}
        )
    found += problems(settings)
    if found:
        raise UnsafeSettings(found)
    return settings


def read_settings(env_file: str | None = ".env") -> tuple[Settings | None, list[str]]:
    """The settings even if they are unsafe (`None` if unreadable), and every problem with them."""
    try:
        return load_settings(env_file=env_file), []
    except UnsafeSettings as unsafe:
        found = unsafe.problems
    try:
        return Settings(_env_file=env_file), found
    except ValidationError:
        return None, found


def problems(settings: Settings) -> list[str]:
    """One sentence for each thing that is missing or unsafe; empty when the app may start."""
    found = [
        *_worker_problems(settings),
        *_origin_problems(settings),
        *_database_problems(settings),
        *_rail_problems(settings),
    ]
    if not settings.simulated:
        found += [
            *_credential_problems(settings),
            *_address_problems(settings),
            *_secret_problems(settings),
        ]
    return found


def _sentence(error: Mapping[str, Any]) -> str:
    name = str(error["loc"][0]).upper()
    return f"{name} is not valid: {str(error['msg']).removeprefix('Value error, ')}."


def _worker_problems(settings: Settings) -> Iterable[str]:
    if settings.workers == 1:
        return
    if not settings.on_postgresql:
        yield (
            "WORKERS is more than 1 and needs PostgreSQL: "
            "set DATABASE_URL to postgresql://…, or WORKERS=1."
        )
    if not settings.redis_url:
        yield "WORKERS is more than 1 and needs Redis: set REDIS_URL to redis://…, or WORKERS=1."
    if settings.simulated and not settings.mpesa_base_url:
        yield (
            "WORKERS is more than 1 and the built-in simulator lives in one process: run it alone "
            "(python -m payment_app simulator), then set MPESA_ENVIRONMENT=sandbox and "
            "MPESA_BASE_URL to its address."
        )


def _origin_problems(settings: Settings) -> Iterable[str]:
    parts = _parts(settings.origin)
    if "*" in settings.origin:
        yield "PUBLIC_URL must be one origin, not a pattern with *."
    elif parts is None or settings.origin != f"{parts.scheme}://{parts.netloc}":
        yield "PUBLIC_URL must be an origin such as https://pay.example.co.ke, without a path."


def _database_problems(settings: Settings) -> Iterable[str]:
    try:
        backend = make_url(settings.database_url).get_backend_name()
    except (ArgumentError, ValueError):
        backend = ""
    if backend not in ("sqlite", "postgresql", "postgres"):
        yield "DATABASE_URL must be an address such as postgresql://user@host/name or sqlite:///file."


def _rail_problems(settings: Settings) -> Iterable[str]:
    for name, number in {
        "MPESA_SHORTCODE": settings.mpesa_shortcode,
        "MPESA_TILL_NUMBER": settings.mpesa_till_number,
    }.items():
        if number and not _SHORT_CODE.fullmatch(number):
            yield f"{name} must be 5 to 7 digits."
    for name, address in {
        "MPESA_CALLBACK_URL": settings.mpesa_callback_url,
        "MPESA_BASE_URL": settings.mpesa_base_url,
    }.items():
        if address and _parts(address) is None:
            yield f"{name} must be an address such as https://pay.example.co.ke, without ? and #."


def _parts(address: str) -> SplitResult | None:
    """The address in its parts, or `None` when it is none that a path can be added to."""
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        return None
    plain = address.isascii() and address.isprintable() and not set(address) & set(" ?#@")
    return parts if usable and plain else None


def _credential_problems(settings: Settings) -> Iterable[str]:
    required = {
        "MPESA_CONSUMER_KEY": settings.mpesa_consumer_key.get_secret_value(),
        "MPESA_CONSUMER_SECRET": settings.mpesa_consumer_secret.get_secret_value(),
        "MPESA_SHORTCODE": settings.mpesa_shortcode,
        "MPESA_PASSKEY": settings.mpesa_passkey.get_secret_value(),
        "MPESA_CALLBACK_URL": settings.mpesa_callback_url,
    }
    if settings.mpesa_transaction_type == "till":
        required["MPESA_TILL_NUMBER"] = settings.mpesa_till_number
    for name, value in required.items():
        if not value:
            yield f"{name} is missing: {settings.environment} needs it."


def _address_problems(settings: Settings) -> Iterable[str]:
    addresses = {
        "PUBLIC_URL": settings.origin,
        "MPESA_CALLBACK_URL": settings.mpesa_callback_url,
        "MPESA_BASE_URL": settings.mpesa_base_url,
    }
    for name, address in addresses.items():
        if address and not _safe_address(address, settings.environment):
            yield (
                f"{name} must start with https:// "
                "(http is accepted for loopback hosts in sandbox only)."
            )


def _safe_address(address: str, environment: Environment) -> bool:
    parts = _parts(address)
    if parts is None:
        return True  # that it is no address at all is said elsewhere
    if parts.scheme == "https":
        return True
    return parts.scheme == "http" and environment == "sandbox" and parts.hostname in _LOOPBACK


def _secret_problems(settings: Settings) -> Iterable[str]:
    secret = settings.secret_key.get_secret_value()
    if len(secret) < _MIN_SECRET or _looks_default(secret):
        yield f"SECRET_KEY must be your own random value of at least {_MIN_SECRET} characters."
    keys = settings.api_key_values
    if not keys:
        yield "API_KEYS is missing: set at least one long random key."
    elif any(len(key) < _MIN_API_KEY or _looks_default(key) for key in keys):
        yield f"API_KEYS must be your own random values of at least {_MIN_API_KEY} characters each."


def _looks_default(secret: str) -> bool:
    return any(default in secret.lower() for default in _DEFAULTS)
