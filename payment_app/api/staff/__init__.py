"""What the console's pages ask over HTTP: sessions, files in and out."""
