"""Benchmarks over public data; run by hand, their numbers go to DECISIONS.md."""
