"""Which rail a database belongs to: written into it at its first start, and binding ever after.

Payments of the simulator and of the sandbox look like money that arrived. A database that has
served one environment must never serve another.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import inspect, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlmodel import Session, col

from payment_app.storage.database import sync_engine
from payment_app.storage.migrate import migrate
from payment_app.storage.staff_tables import Staff
from payment_app.storage.tables import Mark, Payment

MARK = "environment"
_REAL = "a real rail"
_DEMO_RECEIPTS = "SKA4DEM0P%"
"""Of the payments that the demo begins with: M-Pesa never gave out such a number."""


class ForeignDatabase(Exception):
    """The database belongs to another environment; its text is a sentence for the operator."""


def open_database(database_url: str, environment: str, now: datetime) -> None:
    """Bring a database to the newest schema and claim it, before anything is served from it.

    Raises:
        ForeignDatabase: it belongs to another environment; nothing was changed in it.
    """
    refuse_foreign(database_url, environment)
    migrate(database_url)
    claim(database_url, environment, now)


def claim(database_url: str, environment: str, now: datetime) -> None:
    """Mark a migrated database for `environment`, or find that it is so marked.

    Raises:
        ForeignDatabase: it belongs to another environment; nothing was changed.
    """
    with _session(database_url) as session:
        _refuse_foreign(session, environment)
        if session.get(Mark, MARK) is None:
            session.add(Mark(name=MARK, at=now, detail=environment))
            with contextlib.suppress(IntegrityError):
                session.commit()
        # Another process may have been first, and of another environment: what stands there now?
        session.rollback()
        _refuse_foreign(session, environment)


def refuse_foreign(database_url: str, environment: str) -> None:
    """Look whether a database, migrated or not, may serve `environment`.

    Raises:
        ForeignDatabase: it belongs to another one.
        SQLAlchemyError: it does not answer.
    """
    url = make_url(database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        return
    with _session(database_url) as session:
        _refuse_foreign(session, environment)


def foreign_problem(database_url: str, environment: str) -> str | None:
    """The same as a sentence; `None` also while nothing can be known, as `claim` decides later."""
    try:
        refuse_foreign(database_url, environment)
    except ForeignDatabase as foreign:
        return str(foreign)
    except (SQLAlchemyError, OSError, ValueError):
        return None
    return None


def _refuse_foreign(session: Session, environment: str) -> None:
    owner = _owner(session)
    if owner is None or owner == environment:
        return
    if owner == _REAL and environment != "simulator":
        return
    raise ForeignDatabase(
        f"DATABASE_URL names a database that has served {owner}, and this is {environment}: "
        "take another database, or set the MPESA_ variables that belong to this one."
    )


def _owner(session: Session) -> str | None:
    """Whose database it is by its mark, else by what stands in it; `None` for an empty one."""
    tables = set(inspect(session.connection()).get_table_names())
    if Mark.__tablename__ in tables and (mark := session.get(Mark, MARK)) is not None:
        return mark.detail
    # Before there were marks, simulator mode already left its demo behind.
    demo_staff = select(col(Staff.staff_id)).where(col(Staff.demo)).limit(1)
    if Staff.__tablename__ in tables and session.execute(demo_staff).first():
        return "simulator"
    payments = select(col(Payment.payment_id)).limit(1)
    if Payment.__tablename__ not in tables or session.execute(payments).first() is None:
        return None
    demo = payments.where(col(Payment.mpesa_receipt_number).like(_DEMO_RECEIPTS))
    return "simulator" if session.execute(demo).first() else _REAL


@contextlib.contextmanager
def _session(database_url: str) -> Iterator[Session]:
    engine = sync_engine(database_url)
    try:
        with Session(engine) as session:
            yield session
    finally:
        engine.dispose()
