"""Daraja's HTTP rail: tokens, pushes, queries, and the callbacks it posts."""
