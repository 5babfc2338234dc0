"""Words of the list of bookings and of the import."""

from __future__ import annotations

COLUMNS = {
    "reference": "Reference",
    "title": "What for",
    "customer": "Customer",
    "amount": "Amount",
    "due": "Still due",
    "status": "Status",
    "made": "Made",
}

BOOKINGS = {
    "title": "Bookings",
    "page_title": "Bookings · Staff",
    "caption": "Bookings",
    "search": "Search bookings",
    "query": "Reference, customer or phone",
    "status": "Status",
    "any_status": "Any status",
    "show": "Show",
    "new": "New booking",
    "import": "Import",
    "older": "Older",
    "newest": "Newest",
    "none": "No bookings yet.",
    "none_found": "Nothing matches this.",
    "clear": "Clear filters",
    "made": "The booking was made.",
    "imported": "The bookings of the file were made.",
    "import_text": "A CSV file whose first line names the columns: reference (empty: made for "
    "you), title, amount, customer_name, phone_number, email, expires_at, allow_instalments.",
    "import_file": "CSV file",
    "import_paste": "Or paste its lines here",
    "import_look": "Look at it",
}

IMPORT = {
    "caption": "What the file would make",
    "commit": "Make these {number} bookings",
    "problems": "{number} lines have errors. Nothing can be made before they are mended.",
    "fine": "All {number} lines can be made. Nothing has been made yet.",
    "more": "{number} lines are shown: the first ones, and those with an error.",
    "no_look": "The server did not answer. Nothing was made: try again.",
    "no_commit": "The server did not answer. Look at the list before you try again: the bookings "
    "may have been made, all of them or none.",
}
"""What the form says while a file is looked at and made; `{number}` is filled in by the page."""

IMPORT_COLUMNS = {
    "line": "Line",
    "reference": "Reference",
    "title": "What for",
    "amount": "Amount",
    "customer": "Customer",
    "problem": "Error",
}
