"""Consent records in a database, sealed in a Merkle tree."""
