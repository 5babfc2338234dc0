"""A self-hosted M-Pesa payment app for bookings."""

__version__ = "0.1.0"
