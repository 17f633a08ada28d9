"""From the bytes of a file to its text: encodings, kinds of files that are not read, XML, and the tidying of texts."""
