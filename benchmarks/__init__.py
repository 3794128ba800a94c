"""Measurements of sizes and times: ``python -m benchmarks``. Never run as tests."""
