"""Hostile input by the million: ``python -m tests.fuzz``. See ``docs/security.md``.

Every input is made from the seed and its number alone, so that a break can be had again:
``python -m tests.fuzz --seed SEED --first NUMBER --inputs 1``.
"""
