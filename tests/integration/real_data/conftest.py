"""The organization that real plans are stored in."""

from tests.integration.goals.conftest import harness as harness
