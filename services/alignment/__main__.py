"""`python -m services.alignment`."""

from goldenthread.runtime.service import main
from services.alignment.app import build
from services.alignment.settings import Settings

if __name__ == "__main__":
    main("alignment", Settings, build)
