"""`goldenthread doctor`: checks of an instance on this machine, and with `--deployment` of a process in its pod."""
