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
    "imported": "{number} bookings were made.",
    "import_text": "A CSV file whose first line names the columns: reference (empty: made for "
    "you), title, amount, customer_name, phone_number, email, expires_at, allow_instalments.",
    "import_file": "CSV file",
    "import_paste": "Or paste its lines here",
    "import_look": "Look at it",
    "import_commit": "Make these {number} bookings",
    "import_problems": "{number} lines have errors. Nothing can be made before they are mended.",
    "import_fine": "All {number} lines can be made. Nothing has been made yet.",
    "import_more": "The first {number} lines are shown, and every line with an error.",
    "line": "Line",
    "problem": "Error",
}
