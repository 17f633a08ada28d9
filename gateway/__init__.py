"""gateway: GraphQL for people and programs, answered from memory."""
