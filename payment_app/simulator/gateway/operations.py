"""The calls that the gateway takes, by the short names under which tests and faults know them."""

from __future__ import annotations

from collections.abc import Mapping

from payment_app.simulator.mpesa.orders import BALANCE, PAYOUT, REVERSAL, STATUS

TOKEN, PUSH, QUERY = "token", "stk_push", "stk_query"
ORDERS = (REVERSAL, PAYOUT, STATUS, BALANCE)
"""What operators order: taken at once, answered later at their ResultURL."""
OPERATIONS: Mapping[str, str] = {
    TOKEN: "Access token",
    PUSH: "STK push",
    QUERY: "STK query",
    REVERSAL: "Reversal",
    PAYOUT: "Payout (B2C)",
    STATUS: "Transaction status",
    BALANCE: "Account balance",
}
PATHS: Mapping[str, str] = {
    "/oauth/v1/generate": TOKEN,
    "/mpesa/stkpush/v1/processrequest": PUSH,
    "/mpesa/stkpushquery/v1/query": QUERY,
    "/mpesa/reversal/v1/request": REVERSAL,
    "/mpesa/b2c/v3/paymentrequest": PAYOUT,
    "/mpesa/transactionstatus/v1/query": STATUS,
    "/mpesa/accountbalance/v1/query": BALANCE,
}
