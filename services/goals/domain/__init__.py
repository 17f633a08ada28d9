"""The rules of goals: pure functions over one organization in memory, without a database, a broker or a clock."""
