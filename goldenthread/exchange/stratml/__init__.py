"""StratML (ISO 17469-1): its reader and its writer."""
