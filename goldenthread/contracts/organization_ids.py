"""What an organization's id may be."""

from __future__ import annotations

import re

ORGANIZATION_ID = re.compile("org_[A-Za-z0-9_-]{1,196}")
"""An organization's id, which tokens name, or the mapping of their claims."""
ORGANIZATION_ID_RULE = "begins with org_; at most 196 letters, digits, - and _ follow"
"""The same, as the end of a sentence about an id."""
