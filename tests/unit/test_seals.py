"""Seals, trees and notes by themselves, against published values where there are any."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from payment_app.services.payments.events import event_is_right, payment_is_right, seal
from payment_app.services.records.merkle import MerkleTree
from payment_app.services.records.signed_note import (
    Checkpoint,
    NotOurNote,
    _key_hash,
    read_note,
    sign,
    vkey,
)
from payment_app.services.shared.keys.seals import BOOKING, PAYMENT, Keyring

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
KEYRING = Keyring(("a" * 40,))


def payment(**more: Any) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys((*PAYMENT.sealed, *PAYMENT.checked))
    return row | {"payment_id": 1, "amount": Decimal(100), "created_at": AT} | more


class TestSealedText:
    def test_no_two_rows_read_the_same(self) -> None:
        """A value may hold what looks like the next fact."""
        one = payment(transaction_id="A", result_desc="B\nwitness=1:C", witness=None)
        two = payment(transaction_id="A", result_desc="B", witness="C")
        assert PAYMENT.encode(one) != PAYMENT.encode(two)

    def test_empty_and_missing_are_two_things(self) -> None:
        assert PAYMENT.encode(payment(witness="")) != PAYMENT.encode(payment(witness=None))

    def test_the_same_fact_in_another_form_is_the_same(self) -> None:
        nairobi = AT.astimezone(timezone(timedelta(hours=3)))
        same = payment(amount=Decimal("100.00"), created_at=nairobi)
        assert PAYMENT.encode(same) == PAYMENT.encode(payment())

    def test_a_seal_of_one_kind_is_none_of_another(self) -> None:
        assert PAYMENT.label != BOOKING.label
        assert PAYMENT.encode(payment()).startswith(PAYMENT.label + b"\n")


class TestKeyring:
    def test_the_mac_is_hmac_sha256_under_a_key_of_its_own(self) -> None:
        import hmac

        key = hmac.digest(b"a" * 40, b"payment_app books v1", "sha256")
        assert (
            KEYRING.mac(KEYRING.current, b"facts") == hmac.new(key, b"facts", "sha256").hexdigest()
        )

    def test_each_secret_has_its_own_name_and_seeds(self) -> None:
        both = Keyring(("b" * 40, "a" * 40))
        assert both.current != KEYRING.current
        assert KEYRING.current in both
        assert both.signing_seeds[1] == KEYRING.signing_seeds[0]
        assert len(set(both.signing_seeds)) == 2

    def test_without_a_secret_there_are_no_books(self) -> None:
        with pytest.raises(ValueError, match="SECRET_KEY"):
            Keyring(("",))


class TestSeal:
    event: dict[str, Any] = {  # noqa: RUF012
        "payment_id": 1,
        "at": AT,
        "kind": "created",
        "actor": "api",
        "source": "checkout",
        "from_status": None,
        "to_status": "created",
        "detail": "",
    }

    def test_event_and_payment_are_right_together(self) -> None:
        made = seal(self.event, payment(), None, KEYRING)
        row = payment(last_event_hash=made.hash, seal=made.payment_seal)
        assert event_is_right(self.event | made.event_columns(), KEYRING)
        assert payment_is_right(row, KEYRING)
        assert not payment_is_right(row | {"amount": Decimal(101)}, KEYRING)
        assert not payment_is_right(row | {"last_event_hash": "0" * 64}, KEYRING)
        assert not payment_is_right(row, Keyring(("b" * 40,)))

    def test_a_payment_that_nothing_vouches_for_gets_no_seal(self) -> None:
        made = seal(self.event, None, None, KEYRING)
        assert (made.facts, made.payment_seal) == (None, None)
        assert event_is_right(self.event | made.event_columns(), KEYRING)

    def test_a_phone_can_be_erased_and_still_be_proved(self) -> None:
        """The history keeps a keyed digest: whoever has the key can test a number on it."""
        before = seal(self.event, payment(phone_number="254712345678"), None, KEYRING)
        erased = payment(phone_number="", last_event_hash=before.hash)
        after = seal(self.event | {"kind": "phone_erased"}, erased, before.hash, KEYRING)
        for made in (before, after):
            assert event_is_right(self.event | made.event_columns(), KEYRING) == (made is before)
        guess = seal(self.event, payment(phone_number="254712345678"), None, KEYRING)
        assert guess.facts == before.facts != after.facts


def test_the_tree_has_the_roots_of_rfc_6962() -> None:
    """Test vectors of certificate-transparency's own Merkle tree tests."""
    leaves = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]
    roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]
    tree = MerkleTree()
    assert tree.root == hashlib.sha256(b"").digest()
    for leaf, root in zip(leaves, roots, strict=True):
        tree.add(bytes.fromhex(leaf))
        assert tree.root.hex() == root


class TestSignedNote:
    seed = b"s" * 32
    checkpoint = Checkpoint("pay.example.co.ke/books", 7, b"r" * 32)

    def test_what_was_signed_is_read_again(self) -> None:
        note = sign(self.checkpoint, self.seed)
        signed = read_note(note, (b"t" * 32, self.seed))
        assert (signed.checkpoint, signed.key) == (self.checkpoint, 1)
        assert note.split("\n")[3:5][0] == ""

    def test_a_witness_may_sign_as_well(self) -> None:
        note = sign(self.checkpoint, self.seed) + "— witness.example/w1 jWbPPwAAAABkGFDL\n"
        assert read_note(note, (self.seed,)).checkpoint == self.checkpoint

    def test_another_key_is_not_ours(self) -> None:
        with pytest.raises(NotOurNote):
            read_note(sign(self.checkpoint, b"t" * 32), (self.seed,))

    def test_the_key_hash_is_that_of_the_specification(self) -> None:
        """The example key of Go's `sumdb/note`, whose format it is."""
        import base64

        encoded = "ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
        public = base64.b64decode(encoded)[1:]
        assert _key_hash("PeterNeumann", public).hex() == "c74f20a3"
        name, hashed, key = vkey("pay.example.co.ke/books", self.seed).split("+", 2)
        assert (name, len(hashed)) == ("pay.example.co.ke/books", 8)
        assert base64.b64decode(key)[:1] == b"\x01"
