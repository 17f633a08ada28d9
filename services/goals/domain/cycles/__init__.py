"""The rules of cycles: opening and closing them, and how objectives go on in the next one, also as copies."""
