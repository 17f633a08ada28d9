"""`python -m services.goals`."""

from goldenthread.runtime.process.service import main
from services.goals.app import build
from services.goals.settings import Settings

if __name__ == "__main__":
    main("goals", Settings, build)
