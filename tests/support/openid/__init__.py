"""OpenID providers that are not ours, run by tests as programs of their own; and what tests ask of them."""
