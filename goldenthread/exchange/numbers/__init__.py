"""Numbers as people write them: digits, decimal marks, and the units and scales beside them."""
