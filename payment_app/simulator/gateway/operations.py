"""The calls that the gateway takes, by the short names under which tests and faults know them."""

from __future__ import annotations

from collections.abc import Mapping

TOKEN, PUSH, QUERY = "token", "stk_push", "stk_query"
OPERATIONS: Mapping[str, str] = {
    TOKEN: "Access token",
    PUSH: "STK push",
    QUERY: "STK query",
}
PATHS: Mapping[str, str] = {
    "/oauth/v1/generate": TOKEN,
    "/mpesa/stkpush/v1/processrequest": PUSH,
    "/mpesa/stkpushquery/v1/query": QUERY,
}
