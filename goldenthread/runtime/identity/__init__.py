"""Who calls: tokens of trusted issuers, verified, and what their claims say of the caller."""
