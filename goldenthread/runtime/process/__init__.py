"""A process and its life: settings read, dependencies waited for, an HTTP server, an orderly end."""
