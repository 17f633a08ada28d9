"""What several commands share: the connection to an instance, reading in pages, output, errors and secret options."""
