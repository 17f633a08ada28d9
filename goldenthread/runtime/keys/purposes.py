"""What keys are for. Each purpose has keys of its own, so that who has the key of one reads nothing of another."""

from __future__ import annotations

WEBHOOKS = "webhooks"

PURPOSES = {WEBHOOKS: "the URLs and the signing keys of webhooks, in the database of notifications"}
"""The purposes of this release. A file may have keys of other purposes: a later release reads the same file."""
