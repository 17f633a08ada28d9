"""The events, by producer. Each payload class is one event type; `PAYLOADS` names them."""
