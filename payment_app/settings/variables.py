"""Every environment variable of the app, typed, and what follows from it."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from payment_app.settings.invisible import trim

Environment = Literal["simulator", "sandbox", "production"]

DARAJA_HOSTS = {
    "sandbox": "https://sandbox.safaricom.co.ke",
    "production": "https://api.safaricom.co.ke",
}
SIMULATOR_SHORTCODE = "174379"
SIMULATOR_PASSKEY = "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"
SIMULATOR_API_KEY = "simulator-key"
# Those that the simulator and Safaricom's sandbox publish for everybody.
SIMULATOR_INITIATOR = "testapi"
SIMULATOR_INITIATOR_PASSWORD = "Safaricom999!*!"  # noqa: S105
SIMULATOR_CERTIFICATE = Path(__file__).parents[1] / "simulator" / "mpesa" / "operators.cer"


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(part for part in map(trim, value.split(",")) if part)
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
    checkpoint_folder: str = Field(
        "", description="where signed checkpoints of the books are kept; default data/checkpoints"
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
    refund_second_person_above: int = Field(
        10_000,
        ge=0,
        le=250_000,
        description="KSh above which a second person has to agree to a refund",
    )
    merchant_name: str = Field("Smart Storage", description="business name shown to the payer")
    merchant_phone: str = Field("", description="help line shown to the payer; empty = none")
    simulator_auto_complete_seconds: float = Field(
        30, ge=0, description="an unanswered prompt on the test phone pays after this; 0 = never"
    )
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="networks whose X-Forwarded-For is believed; default none"
    )
    sockets_per_address: int = Field(
        40, ge=1, description="open pages that one address may have, each worker"
    )

    @field_validator(
        "mpesa_callback_ips", "trusted_proxies", "api_keys", "old_secret_keys", mode="before"
    )
    @classmethod
    def _comma_separated(cls, value: object) -> object:
        return _split(value)

    @model_validator(mode="before")
    @classmethod
    def _trimmed(cls, values: dict[str, object]) -> dict[str, object]:
        """What a copy brought along at the ends is cut off; nothing left counts as unset."""
        cut = {name: trim(one) if isinstance(one, str) else one for name, one in values.items()}
        return {name: value for name, value in cut.items() if value != ""}

    @field_validator("mpesa_callback_ips", "trusted_proxies")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            for network in value:
                ipaddress.ip_network(network, strict=False)
        except ValueError:  # its own words quote the value
            raise ValueError("networks such as 196.201.214.0/24 are expected") from None
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
    def answers_base(self) -> str:
        """Where `/hooks/result/<token>` begins: the callback's address without its own path."""
        base = self.callback_base
        for path in ("/hooks/stk", "/api/mpesa/callback"):
            if base.endswith(path):
                return base.removesuffix(path)
        parts = urlsplit(base)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def shortcode(self) -> str:
        """The business short code; the sandbox's own in simulator mode."""
        return self.mpesa_shortcode or (SIMULATOR_SHORTCODE if self.simulated else "")

    @property
    def collecting_shortcodes(self) -> tuple[str, ...]:
        """Whose statements hold our payments: the short code and the till, where they are set."""
        return tuple(filter(None, (self.shortcode, self.mpesa_till_number)))

    @property
    def passkey(self) -> str:
        """The passkey; the sandbox's public one in simulator mode."""
        return self.mpesa_passkey.get_secret_value() or (
            SIMULATOR_PASSKEY if self.simulated else ""
        )

    @property
    def initiator_name(self) -> str:
        """The API operator; the simulator's own in simulator mode."""
        return self.mpesa_initiator_name or (SIMULATOR_INITIATOR if self.simulated else "")

    @property
    def initiator_password(self) -> str:
        """The API operator's password; the simulator's own in simulator mode."""
        return self.mpesa_initiator_password.get_secret_value() or (
            SIMULATOR_INITIATOR_PASSWORD if self.simulated else ""
        )

    @property
    def certificate(self) -> Path | None:
        """The certificate for which the operator's password is encrypted; `None` without one."""
        if self.mpesa_certificate:
            return Path(self.mpesa_certificate)
        return SIMULATOR_CERTIFICATE if self.simulated else None

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
    def checkpoints(self) -> Path:
        """The folder of the signed checkpoints: best on another machine's disk."""
        return Path(self.checkpoint_folder or self.data_folder / "checkpoints")

    @property
    def books_name(self) -> str:
        """Whose books a checkpoint is of: the public host, so that notes can be told apart."""
        return f"{urlsplit(self.origin).netloc}/books"

    @property
    def data_folder(self) -> Path:
        """Where the app keeps its own files."""
        return Path("data")
