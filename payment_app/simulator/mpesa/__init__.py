"""M-Pesa behind the gateway: phones, prompts, the ledger of the money that moved."""
