"""Entries, sealed into the Merkle tree, purged by rule, verified as a whole."""
