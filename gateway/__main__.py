"""`python -m gateway`."""

from gateway.app import build
from gateway.settings import Settings
from goldenthread.runtime.process.service import main

if __name__ == "__main__":
    main("gateway", Settings, build)
