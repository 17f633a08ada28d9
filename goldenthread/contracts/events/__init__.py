"""The events, by the service that writes them. Each payload class is one event type; `PAYLOADS` names them."""
