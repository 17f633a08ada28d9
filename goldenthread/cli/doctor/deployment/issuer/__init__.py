"""What `doctor --deployment` checks of the issuer and of the token that a process shows others."""
