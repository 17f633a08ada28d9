"""The commands about people: `people`, `invite`, `move-logins`, `erase-person`."""
