"""How a plan becomes goals: rows are matched with earlier ones, and merged cell by cell; `import_plan` does it."""
