"""Indexes that the search needs and that the tables cannot describe: raw SQL, by dialect.

Their names begin with `sx_`, by which Alembic's comparison leaves them alone. A query must use
the very expressions written here, or the databases will not see that an index fits.
"""

from __future__ import annotations

PREFIX = "sx_"

LONGEST_PHONE = 12
"""Characters at the end of a phone number that the search for last digits can reach."""

SQLITE_PHONE_REVERSED = " || ".join(
    f"substr(phone_number, -{place}, 1)" for place in range(1, LONGEST_PHONE + 1)
)
"""SQLite has no `reverse()`."""
POSTGRESQL_PHONE_REVERSED = "reverse(phone_number)"
REFERENCE_UPPER = "upper(reference)"

_ACCENTED = "ÀÁÂÃÄÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÖÙÚÛÜÝàáâãäåçèéêëìíîïñòóôõöùúûüýÿĩũĨŨ"
_BARE = "AAAAAACEEEEIIIINOOOOOUUUUYaaaaaaceeeeiiiinooooouuuuyyiuIU"
_SEPARATORS = "''’‘`´.,;:-_/\\()[]&+@\"*"
POSTGRESQL_NAME_VECTOR = (
    f"to_tsvector('simple'::regconfig, translate(name, '{_ACCENTED}{_SEPARATORS}', "
    f"'{_BARE}{' ' * (len(_SEPARATORS) - 1)}'))"
)
"""Names as SQLite's FTS5 sees them: without accents; an apostrophe separates."""

SQLITE = (
    "CREATE VIRTUAL TABLE sx_user_name USING fts5("
    "name, content='user_account', content_rowid='user_id', "
    "tokenize='unicode61 remove_diacritics 2', prefix='2 3')",
    "INSERT INTO sx_user_name(sx_user_name) VALUES ('rebuild')",
    "CREATE TRIGGER sx_user_name_insert AFTER INSERT ON user_account BEGIN "
    "INSERT INTO sx_user_name(rowid, name) VALUES (new.user_id, new.name); END",
    "CREATE TRIGGER sx_user_name_delete AFTER DELETE ON user_account BEGIN "
    "INSERT INTO sx_user_name(sx_user_name, rowid, name) "
    "VALUES ('delete', old.user_id, old.name); END",
    "CREATE TRIGGER sx_user_name_update AFTER UPDATE OF user_id, name ON user_account BEGIN "
    "INSERT INTO sx_user_name(sx_user_name, rowid, name) "
    "VALUES ('delete', old.user_id, old.name); "
    "INSERT INTO sx_user_name(rowid, name) VALUES (new.user_id, new.name); END",
    f"CREATE INDEX sx_payment_phone_reversed ON payment ({SQLITE_PHONE_REVERSED})",
    f"CREATE INDEX sx_booking_reference ON booking ({REFERENCE_UPPER})",
    "CREATE INDEX sx_payment_case_open ON payment_case (payment_id) WHERE state = 'open'",
)
SQLITE_DROP = (
    "DROP TRIGGER sx_user_name_insert",
    "DROP TRIGGER sx_user_name_delete",
    "DROP TRIGGER sx_user_name_update",
    "DROP TABLE sx_user_name",
    "DROP INDEX sx_payment_phone_reversed",
    "DROP INDEX sx_booking_reference",
    "DROP INDEX sx_payment_case_open",
)
POSTGRESQL = (
    f"CREATE INDEX sx_user_name ON user_account USING gin ({POSTGRESQL_NAME_VECTOR})",
    "CREATE INDEX sx_payment_phone ON payment (phone_number text_pattern_ops)",
    f"CREATE INDEX sx_payment_phone_reversed ON payment "
    f"({POSTGRESQL_PHONE_REVERSED} text_pattern_ops)",
    "CREATE INDEX sx_payment_receipt ON payment (mpesa_receipt_number text_pattern_ops) "
    "WHERE mpesa_receipt_number IS NOT NULL",
    f"CREATE INDEX sx_booking_reference ON booking ({REFERENCE_UPPER} text_pattern_ops)",
    "CREATE INDEX sx_payment_case_open ON payment_case (payment_id) WHERE state = 'open'",
)
POSTGRESQL_DROP = (
    "DROP INDEX sx_user_name",
    "DROP INDEX sx_payment_phone",
    "DROP INDEX sx_payment_phone_reversed",
    "DROP INDEX sx_payment_receipt",
    "DROP INDEX sx_booking_reference",
    "DROP INDEX sx_payment_case_open",
)
