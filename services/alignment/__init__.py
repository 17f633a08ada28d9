"""alignment: judges continuously whether every goal traces back to the purpose."""
