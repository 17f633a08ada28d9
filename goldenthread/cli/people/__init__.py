"""The commands about people: `people`, `invite`, `invitation`, `move-logins`, `remove-person`, `erase-person`."""
