"""Benchmarks over public data; run manually, their numbers go to docs/decisions."""
