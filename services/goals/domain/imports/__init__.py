"""How a plan becomes goals: its rows are matched with earlier rows, and merged cell by cell; `import_plan` begins."""
