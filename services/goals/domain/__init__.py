"""What goals decides: pure rules over one organisation in memory. Knows no database, broker or clock."""
