"""Golden Thread keeps an organization's why intact from the boardroom to the last team."""

__version__ = "0.1.0"
"""The version of the package, and of everything that is built from it: this line is the only place that says it."""
