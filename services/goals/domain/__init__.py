"""What goals decides: pure rules over one organization in memory. Knows no database, broker or clock."""
