"""Golden Thread keeps an organization's why intact from the boardroom to the last team."""
