"""What is handed out: receipts and proof packs."""
