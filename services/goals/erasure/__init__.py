"""What goals keeps of a person, and how it is erased (docs/privacy.md)."""
