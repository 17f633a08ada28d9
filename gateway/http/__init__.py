"""HTTP and WebSockets: from a connection to an authenticated request, and back."""
