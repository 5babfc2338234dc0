"""What an answer of Daraja means: each kind of call has its judge."""
