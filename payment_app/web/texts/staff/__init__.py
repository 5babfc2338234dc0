"""The console's words, a module for each page. Staff read English."""
