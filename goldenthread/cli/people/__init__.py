"""The commands about people who sign in: `people`, `invite` and `move-logins`."""
