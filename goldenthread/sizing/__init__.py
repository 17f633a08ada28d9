"""How much an installation needs: partitions, replicas, memory, disk (`goldenthread sizing`, docs/operations.md)."""
