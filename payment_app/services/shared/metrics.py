"""The counters that an operator watches, in one registry of our own."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

PUSHES = Counter("payment_pushes", "STK pushes by outcome", ["outcome"], registry=REGISTRY)
CALLBACKS = Counter("payment_callbacks", "Callbacks by outcome", ["outcome"], registry=REGISTRY)
QUERIES = Counter("payment_queries", "STK queries by outcome", ["outcome"], registry=REGISTRY)
SETTLED = Counter("payment_settled", "Payments by final status", ["status"], registry=REGISTRY)
REFUNDS = Counter("payment_refunds", "Refunds by status", ["status"], registry=REGISTRY)
CASES = Counter("payment_cases", "Cases opened by kind", ["kind"], registry=REGISTRY)
OPEN_CASES = Gauge(
    "payment_open_cases", "Cases that wait for a person, by kind", ["kind"], registry=REGISTRY
)
CALLBACK_SECONDS = Histogram(
    "payment_callback_seconds",
    "From a callback's arrival to its commit as a result",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60),
    registry=REGISTRY,
)
OPEN_PAGES = Gauge("payment_open_pages", "Pages that wait for a change", registry=REGISTRY)
RAIL_SLOW = Gauge(
    "payment_rail_slow", "1 while new prompts are held back in this worker", registry=REGISTRY
)
QUERIES_REFUSED = Gauge(
    "payment_queries_refused",
    "1 while M-Pesa, or a firewall on the way, refuses our questions about payments",
    registry=REGISTRY,
)
BROKEN_INVARIANTS = Gauge(
    "payment_broken_invariants", "Broken rules that the last check found", registry=REGISTRY
)
