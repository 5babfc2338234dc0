"""Words of the payments list. Accepted is not paid; nothing is ever just "pending"."""

from __future__ import annotations

TABS = {
    "all": "All",
    "paid": "Paid",
    "waiting": "Waiting",
    "check": "Needs a check",
    "failed": "Failed",
    "refunded": "Refunded",
}

SORTS = {
    "newest": "Newest first",
    "oldest": "Oldest first",
    "amount_high": "Largest amount first",
    "amount_low": "Smallest amount first",
}

DATES = {
    "": "Any time",
    "today": "Today",
    "yesterday": "Yesterday",
    "7d": "Last 7 days",
    "30d": "Last 30 days",
    "this-week": "This week",
    "last-week": "Last week",
    "this-month": "This month",
    "last-month": "Last month",
}

COLUMNS = {
    "status": "Status",
    "amount": "Amount",
    "customer": "Customer",
    "booking": "Booking",
    "receipt": "Receipt",
    "time": "Time",
    "channel": "Channel",
    "attempt": "Attempt",
    "code": "Result",
}
OPTIONAL = ("channel", "attempt", "code")
"""Columns that are shown only when asked for."""

LIST = {
    "title": "Payments",
    "page_title": "Payments · Staff",
    "caption": "Payments",
    "tabs": "Which payments",
    "search": "Search and filters",
    "query": "Phone, receipt, booking, name, amount, or status:paid amount:>5000",
    "filters": "Filters",
    "apply": "Show",
    "clear": "Clear all",
    "date": "When",
    "from": "From (date)",
    "to": "To (date)",
    "status": "Status",
    "any_status": "Any status",
    "channel": "Channel",
    "amount": "Amount (5000, >5000 or 1000..2000)",
    "code": "Result code",
    "booking": "Booking",
    "sort": "Order",
    "columns": "Columns",
    "chip": "{label} {value}",
    "chip_text": "“{value}”",
    "remove": "Remove {label}",
    "remove_sign": "✕",
    "new_one": "1 new payment",
    "new_many": "{number} new payments",
    "next": "Older",
    "previous": "Newer",
    "next_sorted": "Next page",
    "previous_sorted": "Previous page",
    "views": "Saved views",
    "view_name": "Name of this view",
    "view_shared": "Share with all staff",
    "view_save": "Save this view",
    "view_saved": "The view “{name}” was saved.",
    "view_forget": "Delete",
    "view_forgotten": "The view was deleted.",
    "view_by": "shared by {name}",
    "no_views": "No saved views yet.",
    "export": "Export",
    "export_text": "Exactly what is filtered here, all pages of it. Phones are masked unless you "
    "ask for full numbers, which is written to the activity log.",
    "export_csv": "Download CSV",
    "export_xlsx": "Download XLSX",
    "export_reveal": "Full phone numbers",
    "select": "Select payment {number}",
    "tick_all": "Select all payments of this page",
    "checked_many": "Safaricom was asked about {number} payments.",
    "no_receipt": "–",
    "flagged": "Needs a check",
    "none_at_all": "No payments yet.",
    "make_one": "Make a test payment",
    "none_found": "Nothing matches this.",
    "none_masked": "Your role sees the first four and the last three digits of a phone number: "
    "search by those.",
    "wider_none": "None with these filters, {number} without: show",
    "wider_some": "{found} with these filters, {number} without: show all",
    "meant": "Did you mean “{words}”? Show {number}",
    "none_found_clear": "Clear filters",
    "none_found_wider": "Widen to the last 30 days",
    "none_waiting": "Nothing is waiting. ✓",
    "none_check": "Nothing needs a check. ✓",
    "capped": "{number}+",
}

TICKED = {
    "number": "{number} selected",
    "all": "Select all {number}",
    "check": "Check with Safaricom",
    "export": "Export these",
    "none": "Clear",
}
"""The bar of the rows that are ticked."""
