"""`goldenthread demo`: a company that does not exist, and the main job of the product shown on it."""

from goldenthread.cli.demo.command import demo

__all__ = ["demo"]
