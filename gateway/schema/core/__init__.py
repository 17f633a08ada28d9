"""What all GraphQL types and mutations share: nodes, connections, filters, enums, sending a command."""
