"""The staff console: one frame, a module for each page."""
