"""The gate: receipts that are shown at the door."""
