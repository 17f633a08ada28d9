"""Golden Thread keeps an organisation's why intact from the boardroom to the last team."""
