"""Benchmarks: one file per question, each prints ratios."""
