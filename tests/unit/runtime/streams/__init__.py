"""Tests of `goldenthread.runtime.streams`."""
