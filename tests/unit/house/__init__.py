"""The rules of CONTRIBUTING that a program can check."""
