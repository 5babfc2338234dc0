"""What keeps a mistake in the environment from opening the app: one refusal each, and relatives."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from payment_app import preflight
from payment_app.settings import SIMULATOR_PASSKEY, Settings, UnsafeSettings, load_settings
from payment_app.settings.guessing import guess_bits

SECRET = "Wz4-8dJ0qkTn2vXcR7yLhB6mFsGpE1aU"
KEY = "s0vB9-wTq4LmZx81KdUc"
PRODUCTION = {
    "MPESA_ENVIRONMENT": "production",
    "MPESA_CONSUMER_KEY": "key",
    "MPESA_CONSUMER_SECRET": "secret",
    "MPESA_SHORTCODE": "600123",
    "MPESA_PASSKEY": "passkey",
    "MPESA_CALLBACK_URL": "https://pay.example.co.ke/hooks/stk",
    "PUBLIC_URL": "https://pay.example.co.ke",
    "SECRET_KEY": SECRET,
    "API_KEYS": KEY,
}
SANDBOX = {**PRODUCTION, "MPESA_ENVIRONMENT": "sandbox"}
BENCH = {
    **SANDBOX,
    "PUBLIC_URL": "http://localhost:3000",
    "MPESA_BASE_URL": "http://127.0.0.1:8765",
}
MODES = pytest.mark.parametrize("mode", [PRODUCTION, SANDBOX], ids=["production", "sandbox"])


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def load(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> Settings:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return load_settings()


def refused(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]) -> list[str]:
    """The variables that are refused; no sentence may repeat what stands in one of them."""
    with pytest.raises(UnsafeSettings) as caught:
        load(monkeypatch, environment)
    for problem in caught.value.problems:
        assert problem.endswith(".")
        for name in ("SECRET_KEY", "API_KEYS", "METRICS_TOKEN", "TRUSTED_PROXIES", "HOST"):
            value = environment.get(name, "").strip()
            assert len(value) < 6 or value not in problem, "the value is not repeated"
    return [problem.split()[0] for problem in caught.value.problems]


class TestSimulatorStaysHere:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("HOST", "0.0.0.0"),
            ("HOST", "::"),
            ("HOST", "192.168.1.20"),
            ("HOST", "pay.example.co.ke"),
            ("PUBLIC_URL", "https://pay.example.co.ke"),
            ("PUBLIC_URL", "http://192.168.1.20:3000"),
            ("PUBLIC_URL", "https://localhost.example.co.ke"),
            ("MPESA_CALLBACK_URL", "https://pay.example.co.ke/hooks/stk"),
            ("MPESA_BASE_URL", "https://api.safaricom.co.ke"),
        ],
    )
    @pytest.mark.parametrize("named", ["", "simulator"])
    def test_an_address_that_strangers_reach_is_refused(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str, named: str
    ) -> None:
        assert refused(monkeypatch, {"MPESA_ENVIRONMENT": named, name: value}) == [name]

    def test_an_installation_that_lost_its_credentials_does_not_become_a_simulator(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        kept = {n: v for n, v in SANDBOX.items() if not n.startswith("MPESA_")}
        with pytest.raises(UnsafeSettings, match="because MPESA_CONSUMER_KEY is not set"):
            load(monkeypatch, kept)

    @pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "localhost", "::1", "127.1"])
    def test_this_machine_is_fine(self, monkeypatch: pytest.MonkeyPatch, host: str) -> None:
        url = f"http://[{host}]:3000" if ":" in host else f"http://{host}:3000"
        assert load(monkeypatch, {"HOST": host, "PUBLIC_URL": url}).simulated

    def test_reflexs_own_variables_do_not_open_it(self) -> None:
        settings = load_settings()
        origins = list(settings.allowed_origins)
        assert preflight.strays(settings, "127.0.0.1", origins) == []
        (host,) = preflight.strays(settings, "0.0.0.0", origins)
        assert host.startswith("REFLEX_BACKEND_HOST")
        (origin,) = preflight.strays(settings, "127.0.0.1", ["*"])
        assert origin.startswith("REFLEX_CORS_ALLOWED_ORIGINS")


GUESSABLE = {
    "one character": "x" * 48,
    "two characters": "ab" * 24,
    "zeroes and a one": "0" * 40 + "1",
    "a word": "password" * 6,
    "a word in disguise": "P@ssw0rd" * 6,
    "words": "our-secret-key-and-our-secret-token",
    "words of the coast": "HakunaMatata-HakunaMatata-HakunaMatata",
    "digits": "1234567890" * 4,
    "the alphabet": "abcdefghijklmnopqrstuvwxyz0123456789",
    "backwards": "zyxwvutsrqponmlkjihgfedcba9876543210",
    "rows of keys": "qwertyuiopasdfghjklzxcvbnm1234567890",
    "columns of keys": "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    "taken in turns": "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4e5f6",
    "a word of hexadecimal digits": "deadbeef" * 6,
    "the example's own": "change-me-to-a-long-random-value-please",
    "a placeholder": "<your own random value of 48 characters…>",
    "an example key": "simulator-key-simulator-key-simulator-key",
}
guessable = pytest.mark.parametrize("value", GUESSABLE.values(), ids=GUESSABLE)
VARIABLES = ("SECRET_KEY", "API_KEYS", "METRICS_TOKEN")


class TestGuessing:
    @MODES
    @pytest.mark.parametrize("name", VARIABLES)
    @guessable
    def test_a_secret_that_can_be_guessed_is_refused(
        self, monkeypatch: pytest.MonkeyPatch, mode: dict[str, str], name: str, value: str
    ) -> None:
        value = value.replace(" ", "_")
        assert refused(monkeypatch, {**mode, name: value}) == [name]

    def test_one_bad_key_among_good_ones_is_enough(self, monkeypatch: pytest.MonkeyPatch) -> None:
        keys = f"{KEY},{'qwertyuiop' * 2}"
        assert refused(monkeypatch, {**PRODUCTION, "API_KEYS": keys}) == ["API_KEYS"]

    @pytest.mark.parametrize("name", ["SECRET_KEY", "API_KEYS", "METRICS_TOKEN"])
    def test_the_refusal_says_how_to_make_a_good_one(
        self, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        with pytest.raises(UnsafeSettings, match=r"secrets\.token_urlsafe"):
            load(monkeypatch, {**PRODUCTION, name: "y" * 48})

    @pytest.mark.parametrize("name", VARIABLES)
    def test_what_it_says_is_always_accepted(
        self, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        for _ in range(200):
            made = secrets.token_urlsafe(48)
            assert guess_bits(made) > 150
        assert load(monkeypatch, {**PRODUCTION, name: made})

    @pytest.mark.parametrize("size", [16, 24, 32])
    def test_what_other_tools_make_is_accepted(
        self, monkeypatch: pytest.MonkeyPatch, size: int
    ) -> None:
        """Such as `openssl rand -hex`."""
        assert all(guess_bits(secrets.token_hex(size)) > 90 for _ in range(200))
        load(monkeypatch, {**PRODUCTION, "SECRET_KEY": secrets.token_hex(size)})

    def test_a_short_metrics_token_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        found = refused(monkeypatch, {**PRODUCTION, "METRICS_TOKEN": "s0vB9-wTq4L"})
        assert found == ["METRICS_TOKEN"]

    def test_the_secret_key_is_nobodys_api_key(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert refused(monkeypatch, {**PRODUCTION, "API_KEYS": SECRET}) == ["SECRET_KEY"]

    @pytest.mark.parametrize(
        ("name", "value"),
        [("SECRET_KEY", "only-for-tests-0123456789abcdefghij"), ("API_KEYS", "a-key-of-the-bench")],
    )
    def test_a_bench_on_this_machine_may_be_simpler(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str
    ) -> None:
        assert load(monkeypatch, {**BENCH, name: value})
        assert refused(monkeypatch, {**SANDBOX, name: value}) == [name]

    @pytest.mark.parametrize("value", ["x" * 48, "password" * 6, "qwertyuiop1234567890" * 2])
    @pytest.mark.parametrize("name", VARIABLES)
    def test_and_not_that_simple(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str
    ) -> None:
        found = refused(monkeypatch, {**BENCH, name: value})
        assert found[-1] == name

    def test_a_long_secret_does_not_take_long(self) -> None:
        assert guess_bits("qwertyuiop" * 100_000) < 20


class TestProxies:
    @MODES
    @pytest.mark.parametrize(
        "networks",
        [
            "0.0.0.0/0",
            "::/0",
            "127.0.0.1,0.0.0.0/0",
            "0.0.0.0/1,128.0.0.0/1",
            "8.0.0.0/6",
            "41.0.0.0/8",
            "2000::/3",
            "2a00::/12",
        ],
    )
    def test_everybody_is_no_proxy(
        self, monkeypatch: pytest.MonkeyPatch, mode: dict[str, str], networks: str
    ) -> None:
        assert refused(monkeypatch, {**mode, "TRUSTED_PROXIES": networks}) == ["TRUSTED_PROXIES"]

    @pytest.mark.parametrize(
        "networks", ["127.0.0.1", "10.0.0.0/8", "172.16.0.0/12", "fd00::/8", "104.16.0.0/13"]
    )
    def test_a_network_of_proxies_is_fine(
        self, monkeypatch: pytest.MonkeyPatch, networks: str
    ) -> None:
        assert load(monkeypatch, {**PRODUCTION, "TRUSTED_PROXIES": networks})


class TestRails:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("MPESA_SHORTCODE", "174379"),
            ("MPESA_PASSKEY", SIMULATOR_PASSKEY),
            ("MPESA_BASE_URL", "https://sandbox.safaricom.co.ke"),
            ("MPESA_BASE_URL", "https://SANDBOX.safaricom.co.ke./"),
            ("MPESA_CALLBACK_URL", "https://localhost/hooks/stk"),
            ("MPESA_CALLBACK_URL", "https://127.0.0.1/hooks/stk"),
            ("MPESA_CALLBACK_URL", "https://127.1/hooks/stk"),
            ("MPESA_CALLBACK_URL", "https://2130706433/hooks/stk"),
            ("MPESA_CALLBACK_URL", "https://[::1]/hooks/stk"),
            ("MPESA_CALLBACK_URL", "https://[::ffff:127.0.0.1]/hooks/stk"),
            ("MPESA_CALLBACK_URL", "https://0.0.0.0/hooks/stk"),
            ("MPESA_CALLBACK_URL", "https://10.0.0.7/hooks/stk"),
        ],
    )
    def test_production_takes_nothing_of_the_sandbox(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str
    ) -> None:
        assert refused(monkeypatch, {**PRODUCTION, name: value}) == [name]

    def test_a_till_of_the_sandbox_is_refused_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        till = {"MPESA_TRANSACTION_TYPE": "till", "MPESA_TILL_NUMBER": "174379"}
        assert refused(monkeypatch, {**PRODUCTION, **till}) == ["MPESA_TILL_NUMBER"]

    def test_the_sandbox_does_not_move_real_money(self, monkeypatch: pytest.MonkeyPatch) -> None:
        live = {"MPESA_BASE_URL": "https://api.safaricom.co.ke"}
        assert refused(monkeypatch, {**SANDBOX, **live}) == ["MPESA_BASE_URL"]

    def test_the_sandboxs_own_are_fine_in_sandbox(self, monkeypatch: pytest.MonkeyPatch) -> None:
        own = {"MPESA_SHORTCODE": "174379", "MPESA_PASSKEY": SIMULATOR_PASSKEY}
        assert load(monkeypatch, {**SANDBOX, **own})


INITIATOR = {"MPESA_INITIATOR_NAME": "api", "MPESA_INITIATOR_PASSWORD": "Safe-0-word"}


class TestInitiator:
    def test_nothing_of_it_is_needed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert load(monkeypatch, PRODUCTION)

    @pytest.mark.parametrize("form", ["PEM", "DER"])
    def test_with_a_certificate_it_is_whole(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, form: str
    ) -> None:
        path = tmp_path / "Safaricom's certificate.cer"
        path.write_bytes(certificate(form))
        assert load(monkeypatch, {**PRODUCTION, **INITIATOR, "MPESA_CERTIFICATE": str(path)})

    def test_without_a_certificate_it_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert refused(monkeypatch, {**PRODUCTION, **INITIATOR}) == ["MPESA_CERTIFICATE"]

    @pytest.mark.parametrize(
        "content", [None, b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n"]
    )
    def test_a_certificate_that_cannot_be_read_is_refused(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None
    ) -> None:
        path = tmp_path / "certificate.cer"
        if content is not None:
            path.write_bytes(content)
        given = {**PRODUCTION, **INITIATOR, "MPESA_CERTIFICATE": str(path)}
        assert refused(monkeypatch, given) == ["MPESA_CERTIFICATE"]

    @pytest.mark.parametrize("name", INITIATOR)
    def test_half_of_it_is_refused(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
    ) -> None:
        path = tmp_path / "certificate.cer"
        path.write_bytes(certificate("DER"))
        given = {**PRODUCTION, **INITIATOR, "MPESA_CERTIFICATE": str(path), name: ""}
        assert refused(monkeypatch, given) == [name]


def certificate(form: str) -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "daraja.example")])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(getattr(serialization.Encoding, form))


INVISIBLE = {
    "blank": " ",
    "tab": "\t",
    "no-break space": "\u00a0",
    "zero-width space": "\u200b",
    "byte order mark": "\ufeff",
    "soft hyphen": "\u00ad",
    "right-to-left mark": "\u200f",
    "variation selector": "\ufe0f",
    "Hangul filler": "\u3164",
    "control": "\x07",
    "line": "\n",
}
invisible = pytest.mark.parametrize("character", INVISIBLE.values(), ids=INVISIBLE)
COPIED = (
    "MPESA_CONSUMER_KEY",
    "MPESA_CONSUMER_SECRET",
    "MPESA_PASSKEY",
    "SECRET_KEY",
    "API_KEYS",
)


class TestInvisible:
    @pytest.mark.parametrize("name", COPIED)
    @invisible
    def test_at_the_ends_they_are_cut_off(
        self, monkeypatch: pytest.MonkeyPatch, name: str, character: str
    ) -> None:
        plain = load(monkeypatch, PRODUCTION)
        around = f"{character}{PRODUCTION[name]}{character}{character}"
        assert load(monkeypatch, {**PRODUCTION, name: around}) == plain

    @pytest.mark.parametrize("name", COPIED)
    @invisible
    def test_inside_they_are_refused(
        self, monkeypatch: pytest.MonkeyPatch, name: str, character: str
    ) -> None:
        value = PRODUCTION[name]
        inside = f"{value[:2]}{character}{value[2:]}"
        assert refused(monkeypatch, {**PRODUCTION, name: inside}) == [name]

    @pytest.mark.parametrize("name", COPIED)
    @pytest.mark.parametrize("character", ["\u200b", " ", "\u00a0"])
    def test_the_file_is_no_way_around(
        self, monkeypatch: pytest.MonkeyPatch, name: str, character: str
    ) -> None:
        value = PRODUCTION[name]
        inside = {**PRODUCTION, name: f"{value[:2]}{character}{value[2:]}"}
        lines = [f'{variable}="{text}"' for variable, text in inside.items()]
        Path(".env").write_text("\n".join(lines), encoding="utf-8")
        assert refused(monkeypatch, {}) == [name]

    @pytest.mark.parametrize("name", COPIED)
    @pytest.mark.parametrize("character", ["\u200b", " ", "\u00a0"])
    def test_the_ends_are_cut_in_the_file_too(
        self, monkeypatch: pytest.MonkeyPatch, name: str, character: str
    ) -> None:
        around = {**PRODUCTION, name: f"{character}{PRODUCTION[name]}{character}"}
        lines = [f'{variable}="{text}"' for variable, text in around.items()]
        Path(".env").write_text("\n".join(lines), encoding="utf-8")
        assert load(monkeypatch, {}) == load(monkeypatch, PRODUCTION)

    @pytest.mark.parametrize("value", [" ", "\u200b", "\t\u00a0"])
    def test_nothing_but_invisible_counts_as_unset(
        self, monkeypatch: pytest.MonkeyPatch, value: str
    ) -> None:
        assert refused(monkeypatch, {**PRODUCTION, "MPESA_PASSKEY": value}) == ["MPESA_PASSKEY"]
        with monkeypatch.context() as own:
            for name in PRODUCTION:
                own.delenv(name)
            assert load(own, {"PORT": value, "DATABASE_URL": value}).port == 3000

    def test_paths_and_names_may_hold_blanks(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        given = {"DATABASE_URL": "sqlite:////srv/my app/x.db", "MERCHANT_NAME": "Mama 👩‍🌾 Duka"}
        assert load(monkeypatch, {**PRODUCTION, **given}).merchant_name == "Mama 👩‍🌾 Duka"
