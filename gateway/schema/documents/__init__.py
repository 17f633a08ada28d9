"""A request's document, from its text to what may be executed: limits, parsing, validation, and what is remembered."""
