"""What anybody can check: hashes, the Merkle tree, signed heads, receipts.

No module here imports another room: the folder can be copied anywhere, and needs ``cryptography``
alone.
"""
